import numpy as np
import pytest

from lds_gui.files import FileFormatError, load, load_data, preset, presets, sample, samples, save
from lds_gui.lds import EMOptions, ParameterError, fit, pca_start, simulate
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


def test_that_a_preset_simulates_the_same_finite_data_each_time(each_preset):
    one, other = (
        simulate(each_preset.params, each_preset.n_steps, np.random.default_rng(each_preset.seed)) for _ in range(2)
    )
    np.testing.assert_array_equal(one.observations, other.observations)
    assert np.isfinite(one.observations).all()


def test_that_a_saved_preset_comes_back(each_preset, tmp_path):
    save(tmp_path / f"{each_preset.name}.json", each_preset)
    assert_same(load(tmp_path / f"{each_preset.name}.json"), each_preset)


def test_that_em_learns_from_a_preset(each_preset):
    data = simulate(each_preset.params, 60, np.random.default_rng(each_preset.seed))
    result = fit(pca_start(data, each_preset.params.latent_dim), data, EMOptions(max_iter=5))
    assert result.n_iter == 5
    assert result.log_likelihoods[-1] > result.log_likelihoods[0]


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
