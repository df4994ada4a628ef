import numpy as np
import pytest

from lds_gui.files import FileFormatError, load, load_data, preset, presets, sample, samples, save
from lds_gui.lds import (
    STARTS,
    EMOptions,
    ParameterError,
    covariance_rank,
    fit,
    modes,
    observability_rank,
    pca_start,
    simulate,
    smallest_eigenvalue,
    spectral_radius,
    spoil,
)
from lds_gui.resources import resource_path
from tests.files.values import OTHERS, assert_same


@pytest.fixture(params=presets(), ids=lambda preset: preset.name)
def each_preset(request):
    return request.param


@pytest.fixture(params=samples(), ids=lambda sample: sample.name)
def each_sample(request):
    return request.param


def test_that_the_presets_come_in_their_order_with_the_oscillator_first():
    orders = [preset.order for preset in presets()]
    assert orders == sorted(set(orders))
    assert presets()[0].name == "damped_oscillator"
    assert len(presets()) == len(list(resource_path("presets").iterdir()))


def test_that_a_preset_is_named_after_its_file_and_found_by_that_name(each_preset):
    assert resource_path("presets", f"{each_preset.name}.json").is_file()
    assert preset(each_preset.name) is each_preset


def test_that_a_preset_says_what_it_shows_and_what_to_try(each_preset):
    assert each_preset.title
    assert each_preset.about.endswith(".")
    assert each_preset.try_this.endswith(".")
    assert 80 <= len(each_preset.about) <= 300
    assert 80 <= len(each_preset.try_this) <= 300


def test_that_a_preset_draws_the_same_data_each_time(each_preset):
    one, other = each_preset.drawn(), each_preset.drawn()
    assert one.n_sequences == each_preset.n_sequences
    assert (one.n_missing == 0) == each_preset.spoiling.is_none
    for x, y in zip(one.sequences, other.sequences, strict=True):
        np.testing.assert_array_equal(x, y)
        assert len(x) == each_preset.n_steps


def test_that_a_preset_is_simulated_and_then_spoilt_by_the_same_generator():
    chosen = preset("missing_data")
    rng = np.random.default_rng(chosen.seed)
    clean = simulate(chosen.params, chosen.n_steps, rng, 1, chosen.burn_in)
    expected = spoil(clean, chosen.spoiling, rng, np.sqrt(np.diagonal(chosen.params.Gamma)))
    np.testing.assert_array_equal(chosen.drawn().observations, expected.observations)


def test_that_a_saved_preset_comes_back(each_preset, tmp_path):
    save(tmp_path / f"{each_preset.name}.json", each_preset)
    assert_same(load(tmp_path / f"{each_preset.name}.json"), each_preset)


def test_that_em_learns_from_a_preset(each_preset):
    data = each_preset.drawn()
    result = fit(pca_start(data, each_preset.params.latent_dim), data, EMOptions(max_iter=5))
    assert result.n_iter == 5
    assert result.log_likelihoods[-1] > result.log_likelihoods[0]


def test_that_the_presets_show_each_of_the_cases_that_a_course_needs():
    found = {entry.name: entry.params for entry in presets()}
    assert covariance_rank(found["constant_velocity"].Sigma) == 1
    assert covariance_rank(found["ar2_companion"].Sigma) == 1
    assert observability_rank(found["unidentifiable_pair"].A, found["unidentifiable_pair"].B) == 1
    assert 0 < smallest_eigenvalue(found["near_singular_noise"].Gamma) < 1e-3
    assert spectral_radius(found["unstable"].A) > 1
    assert (found["high_dimensional"].obs_dim, found["high_dimensional"].latent_dim) == (50, 3)
    np.testing.assert_array_equal(found["random_walk"].A, np.eye(2))
    assert 0.3 < np.isnan(preset("missing_data").drawn().observations).mean() < 0.4


def learned(name, start="pca", **options):
    chosen = preset(name)
    data = chosen.drawn()
    n = options.pop("n", chosen.params.latent_dim)
    begin = chosen.params if start == "truth" else {s.name: s.function for s in STARTS}[start](data, n, None)
    result = fit(begin, data, EMOptions(**options))
    return result.log_likelihoods[-1], modes(result.params.A)[0]


def test_that_what_the_presets_say_of_themselves_is_true():
    two, one = learned("unidentifiable_pair", "truth")[0], learned("unidentifiable_pair", n=1)[0]
    assert (round(two, 3), round(one, 3)) == (-312.976, -312.976)

    full, full_mode = learned("near_singular_noise", "truth")
    diagonal, mode = learned("near_singular_noise", "truth", structure={"Gamma": "diagonal"})
    assert full - diagonal > 20
    assert (round(full_mode.modulus, 2), round(mode.modulus, 2)) == (0.96, 0.83)

    truth = learned("local_linear_trend", "truth", max_iter=0)[0]
    assert learned("local_linear_trend")[0] < truth < learned("local_linear_trend", "subspace")[0]

    assert abs(learned("random_walk")[1].modulus - 1) < 0.001
    assert learned("random_walk")[0] > learned("random_walk", "truth", max_iter=0)[0]
    assert round(learned("unstable")[1].modulus, 3) == 1.041
    assert round(learned("missing_data")[1].period, 1) == 24.4
    assert 680 < learned("high_dimensional")[0] - learned("high_dimensional", structure={"Gamma": "diagonal"})[0] < 700


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('"missing": 1.5', "must be a number from 0 to 1, but is 1.5"),
        ('"missing": "x"', "'missing' must be a number, not 'x'"),
        ('"gap": true', "'gap' must be a number, not True"),
        ('"n_sequences": 0', "The number of sequences must be at least 1, but is 0"),
        ('"burn_in": -1', "must be at least 0, but is -1"),
        ('"burn_in": 1.5', "'burn_in' must be a whole number, not 1.5"),
        ('"spoiling": 0.1', "The entry 'spoiling' is unknown here"),
    ],
)
def test_that_a_wrong_entry_of_a_preset_is_told(tmp_path, entry, message):
    path = tmp_path / "a.json"
    save(path, preset("local_level"))
    path.write_text(path.read_text(encoding="utf-8").replace('"seed": 1', f'"seed": 1, {entry}'), encoding="utf-8")
    with pytest.raises(FileFormatError, match=message):
        load(path)


def test_that_a_preset_without_sequences_or_spoiling_is_written_as_ever(tmp_path):
    save(tmp_path / "local_level.json", preset("local_level"))
    written = (tmp_path / "local_level.json").read_text(encoding="utf-8")
    assert written == resource_path("presets", "local_level.json").read_text(encoding="utf-8")


def test_that_unknown_names_are_told_with_the_known_ones():
    with pytest.raises(ParameterError, match="no preset 'x'; there are damped_oscillator, local_level"):
        preset("x")
    with pytest.raises(ParameterError, match="no sample data set 'x'; there are nile, co2"):
        sample("x")


def test_that_a_file_among_the_presets_that_is_none_is_named(tmp_path, monkeypatch):
    save(tmp_path / "model.json", OTHERS["tied parameters"])
    monkeypatch.setattr("lds_gui.files.preset_table.resource_path", lambda *_: tmp_path)
    with pytest.raises(FileFormatError, match="title, about and try_this"):
        presets.__wrapped__()


def test_that_every_sample_file_is_in_the_table_and_in_the_readme(each_sample):
    assert {path.stem for path in resource_path("sample_data").glob("*.csv")} == {sample.name for sample in samples()}
    assert f"`{each_sample.name}.csv`" in resource_path("sample_data", "README.md").read_text(encoding="utf-8")
    assert sample(each_sample.name) is each_sample


def test_that_a_sample_says_where_it_comes_from(each_sample):
    assert each_sample.title
    assert each_sample.description.endswith(".")
    assert each_sample.source.endswith(".")
    assert each_sample.licence == "public domain"


@pytest.mark.parametrize(
    ("name", "n_steps", "columns", "first", "last", "n_missing"),
    [
        ("nile", 100, 1, ("1871", 1120.0), ("1970", 740.0), 0),
        ("co2", 526, 1, ("1958-03", 316.10), ("2001-12", 371.02), 5),
        ("us_macro", 202, 6, ("1959Q2", 9.98), ("2009Q3", 2.74), 0),
        ("sunspots", 309, 1, ("1700", 5.0), ("2008", 2.9), 0),
    ],
)
def test_that_a_sample_holds_what_its_readme_says(name, n_steps, columns, first, last, n_missing):
    data = load_data(sample(name).path)
    values = data.dataset.sequences[0]
    assert (data.name, *values.shape) == (name, n_steps, columns)
    assert (data.time_values[0], values[0, 0]) == first
    assert (data.time_values[-1], values[-1, 0]) == last
    assert data.dataset.n_missing == n_missing
    assert not any("jumps" in note for note in data.notes)


def test_that_em_learns_from_a_sample(each_sample):
    data = load_data(each_sample.path).dataset
    result = fit(pca_start(data, 2), data, EMOptions(max_iter=3))
    assert result.n_iter == 3
    assert result.log_likelihoods[-1] > result.log_likelihoods[0]
