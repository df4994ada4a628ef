import json
import math
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lds_gui import cli, terminal
from lds_gui.files import DataFile, load, load_data, load_params, presets, samples, save
from lds_gui.lds import (
    DIVERGENCES,
    STARTS,
    Dataset,
    EMFault,
    EMOptions,
    EMResult,
    LDSParams,
    Spoiling,
    convergence_rate,
    em,
    fit,
    pca_start,
    simulate,
)
from lds_gui.lds.preparation import prepare


@pytest.fixture(autouse=True, scope="module")
def engine():
    """Compile the engine before the tests, which want to see what is printed when there is nothing to compile."""
    prepare(lambda: None)


ROW = "1,2\n3,4\n5,7\n2,2\n"
SMALL = ["--latent-dim", "1", "--max-iter", "3"]


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run the command line in an empty folder; return its exit code, output and error output."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def process(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "lds_gui", *arguments], capture_output=True, text=True, **options)


@pytest.mark.parametrize("command", ["", "simulate", "fit", "kl", "demo", "samples", "presets"])
def test_that_every_command_has_a_help(command):
    result = CliRunner().invoke(cli.app, [*([command] if command else []), "--help"])
    assert result.exit_code == 0
    assert "Usage: " in result.output


def test_that_the_version_is_printed(run):
    assert run("--version") == (0, "lds-gui 0.1.0\n", "")


def test_that_the_lists_name_every_sample_and_preset(run):
    _, listed_samples, _ = run("samples")
    _, listed_presets, _ = run("presets")
    for entry in samples():
        assert entry.name in listed_samples
        assert entry.title in listed_samples
    for entry in presets():
        assert entry.name in listed_presets
        assert entry.title in listed_presets


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_that_a_simulation_is_the_same_from_the_command_line_and_from_a_script(run, tmp_path, preset):
    code, out, err = run("simulate", "--preset", preset.name, "--n-steps", 20, "--seed", 5, "--out", "sim.npz")
    assert (code, out) == (0, "")
    count = f"{preset.n_sequences} sequences of 20 steps" if preset.n_sequences > 1 else "20 steps"
    assert err == f"{count} of {preset.name}, seed 5, written to sim.npz\n"
    expected = replace(preset, n_steps=20, seed=5).drawn()
    found = load_data(tmp_path / "sim.npz").dataset
    for one, other in zip(found.sequences, expected.sequences, strict=True):
        np.testing.assert_array_equal(one, other)


def test_that_a_simulation_goes_to_the_output_as_csv_and_can_be_read_back(run, tmp_path):
    _, out, err = run("simulate")
    assert err == ""
    path = tmp_path / "sim.csv"
    path.write_text(out)
    first = presets()[0]
    expected = simulate(first.params, first.n_steps, np.random.default_rng(first.seed))
    np.testing.assert_array_equal(load_data(path).dataset.observations, expected.observations)


def test_that_a_simulation_is_spoilt_as_wished(run, tmp_path):
    options = ["--missing", 0.1, "--dropout", 0.2, "--gap", 0.05, "--outliers", 0.02, "--burn-in", 30]
    code, _, err = run("simulate", *options, "--sequences", 2, "--seed", 4, "--out", "sim.json")
    first = presets()[0]
    assert (code, err) == (
        0,
        f"2 sequences of {first.n_steps} steps of {first.name}, seed 4, written to sim.json\n",
    )
    spoiling = Spoiling(0.1, 0.2, gap=0.05, outliers=0.02)
    expected = replace(first, seed=4, n_sequences=2, burn_in=30, spoiling=spoiling).drawn()
    found = load_data(tmp_path / "sim.json").dataset
    assert found.n_missing > 0.2 * found.n_steps * found.obs_dim
    for one, other in zip(found.sequences, expected.sequences, strict=True):
        np.testing.assert_array_equal(one, other)


def test_that_what_a_preset_spoils_can_be_left_whole(run, tmp_path):
    run("simulate", "--preset", "missing_data", "--out", "spoilt.json")
    assert load_data(tmp_path / "spoilt.json").dataset.n_missing > 0
    run("simulate", "--preset", "missing_data", "--missing", 0, "--dropout", 0, "--gap", 0, "--out", "whole.json")
    assert load_data(tmp_path / "whole.json").dataset.n_missing == 0


def test_that_several_sequences_of_a_model_of_ones_own_are_simulated(run, tmp_path):
    save(tmp_path / "model.json", LDSParams([[0.5]], [[1.0]], [[1.0]], [[1.0]], [0.0]))
    code, _, err = run("simulate", "--params", "model.json", "--sequences", 3, "--n-steps", 4, "--out", "sim.tsv")
    assert code == 0
    assert "3 sequences of 4 steps of model, seed 0" in err
    assert [len(x) for x in load_data(tmp_path / "sim.tsv").dataset.sequences] == [4, 4, 4]


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_that_fit_prints_the_whole_story_of_a_sample(run, tmp_path, sample):
    code, out, err = run("fit", sample.name, *SMALL, "--out", "result.json")
    assert (code, err) == (0, "The result is written to result.json.\n")
    data = load_data(sample.path)
    for note in data.notes:
        assert note in " ".join(out.split())
    for words in (
        *data.columns,
        "Trace",
        "Not converged after 3 iterations",
        "log p(x) = ",
        "Eigenvalues of A",
        "modulus",
    ):
        assert words in out
    for title in (
        "A, transition matrix",
        "B, observation matrix",
        "Σ, transition cov",
        "Γ, observation cov",
        "μ₀, initial",
    ):
        assert title in out
    assert "…" not in out
    assert "\x1b" not in out
    result, expected = (
        load(tmp_path / "result.json"),
        fit(pca_start(data.dataset, 1), data.dataset, EMOptions(max_iter=3)),
    )
    assert isinstance(result, EMResult)
    np.testing.assert_array_equal(result.log_likelihoods, expected.log_likelihoods)
    np.testing.assert_array_equal(result.params.A, expected.params.A)


def test_that_fit_says_when_it_has_converged(run):
    Path("data.csv").write_text(ROW)
    _, out, _ = run("fit", "data.csv", "--latent-dim", 1, "--max-iter", 500, "--tol", 0.1)
    assert "Converged after " in out
    assert "less than the tolerance 0.1" in " ".join(out.split())


def learned(run, *options):
    """Fit a little and return which parameters have moved away from the start."""
    Path("data.csv").write_text(ROW)
    code, _, err = run("fit", "data.csv", *SMALL, "--out", "result.npz", *options)
    assert code == 0, err
    params, start = load_params("result.npz"), pca_start(load_data("data.csv").dataset, 1)
    names = ["A", "B", "Sigma", "Gamma", "mu0"] + ([] if params.is_tied else ["Sigma0"])
    before = {**vars(start), "Sigma0": start.Sigma}
    return {name for name in names if not np.array_equal(getattr(params, name), before[name])}


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], {"A", "B", "Sigma", "Gamma", "mu0"}),
        (["--learn", "B, Sigma ,Gamma"], {"B", "Sigma", "Gamma"}),
        (["--learn", "b,Σ,γ"], {"B", "Sigma", "Gamma"}),
        (["--hold", "A,μ₀"], {"B", "Sigma", "Gamma"}),
        (["--hold", "a,\u00b50"], {"B", "Sigma", "Gamma"}),  # the micro sign, and a plain 0
        (["--hold", "A,mu0,σ"], {"B", "Gamma"}),
        (["--initial", "separate"], {"A", "B", "Sigma", "Gamma", "mu0", "Sigma0"}),
        (["--initial", "separate", "--hold", "Σ₀"], {"A", "B", "Sigma", "Gamma", "mu0"}),
    ],
)
def test_that_exactly_what_is_named_is_learned(run, options, names):
    assert learned(run, *options) == names


def test_that_what_is_held_is_printed_as_held(run):
    Path("data.csv").write_text(ROW)
    _, out, _ = run("fit", "data.csv", *SMALL, "--hold", "A")
    assert "A, transition matrix, held" in out
    assert "B, observation matrix\n" in out


def test_that_a_fit_can_begin_from_a_file_and_go_on_where_it_ended(run):
    Path("data.csv").write_text(ROW)
    run("fit", "data.csv", "--latent-dim", 1, "--max-iter", 6, "--out", "six.json")
    run("fit", "data.csv", *SMALL, "--out", "three.json")
    run("fit", "data.csv", *SMALL, "--start", "three.json", "--out", "again.json")
    np.testing.assert_allclose(load("again.json").log_likelihoods[-1], load("six.json").log_likelihoods[-1], rtol=1e-12)


def test_that_a_random_start_follows_its_seed(run):
    Path("data.csv").write_text(ROW)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run("fit", "data.csv", *SMALL, "--start", "random", "--seed", seed, "--out", f"{name}.npz")
    a, b, c = (load(f"{name}.npz").log_likelihoods for name in "abc")
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
def test_that_every_start_has_a_name_on_the_command_line(run, start):
    Path("data.csv").write_text(ROW)
    code, _, err = run("fit", "data.csv", *SMALL, "--start", start.name, "--seed", 3, "--out", "result.json")
    assert code == 0, err
    dataset = load_data("data.csv").dataset
    expected = fit(start.function(dataset, 1, np.random.default_rng(3)), dataset, EMOptions(max_iter=3))
    np.testing.assert_array_equal(load("result.json").log_likelihoods, expected.log_likelihoods)


@pytest.mark.parametrize(
    ("options", "expected", "words"),
    [
        (
            ["--structure", "Gamma=diagonal"],
            {"structure": {"Gamma": "diagonal"}},
            "Γ, observation covariance, diagonal",
        ),
        (["--structure", "Γ=Isotropic"], {"structure": {"Gamma": "isotropic"}}, "Γ, observation covariance, isotropic"),
        (
            ["--structure", "Gamma=isotropic", "--structure", "σ=diagonal"],
            {"structure": {"Gamma": "isotropic", "Sigma": "diagonal"}},
            "Σ, transition covariance, diagonal",
        ),
        (["--rtol", "100"], {"rtol": 100.0}, "nats per observed entry, less than the tolerance 100"),
        (["--param-tol", "100"], {"param_tol": 100.0}, "No parameter changed by more than"),
        (
            ["--floor", "5"],
            {"floor": 5.0},
            "The smallest variance, 5, raised Γ in 3 iterations, the last one iteration 3.",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_that_restrictions_tolerances_and_the_floor_reach_em_and_are_told(run, options, expected, words):
    Path("data.csv").write_text(ROW)
    code, out, err = run("fit", "data.csv", *SMALL, *options, "--out", "result.json")
    assert code == 0, err
    dataset = load_data("data.csv").dataset
    found = fit(pca_start(dataset, 1), dataset, EMOptions(max_iter=3, **expected))
    np.testing.assert_array_equal(load("result.json").log_likelihoods, found.log_likelihoods)
    assert words in " ".join(out.split())


def test_that_the_rate_of_convergence_and_what_is_left_are_told(run):
    _, out, _ = run("fit", "nile", "--latent-dim", 1, "--max-iter", 40)
    told = re.search(
        r"At the end each iteration gained (0\.\d+) times what the one before did: about (\d+) more until the "
        r"tolerance, (\S+) nats still to gain\.",
        " ".join(out.split()),
    )
    assert told is not None
    data = load_data(next(sample.path for sample in samples() if sample.name == "nile")).dataset
    result = fit(pca_start(data, 1), data, EMOptions(max_iter=40))
    rate, gain, remaining = convergence_rate(result.log_likelihoods, EMOptions.tol)
    assert told.groups() == (f"{rate:.6g}", str(remaining), f"{gain:.6g}")


def test_that_gaps_after_e_steps_are_told_in_one_sentence(run, monkeypatch):
    real = cli.em
    monkeypatch.setattr(
        cli, "em", lambda *args: (replace(s, gap=0.5 if s.iteration == 2 else s.gap) for s in real(*args))
    )
    Path("data.csv").write_text(ROW)
    _, out, _ = run("fit", "data.csv", *SMALL)
    told = " ".join(out.split())
    assert re.search(r"a gap beyond rounding in 1 of \d+ E-steps, the largest 0\.5 nats in iteration 2:", told)
    assert told.count("a gap beyond rounding") == 1


def test_that_compiling_is_said_in_one_line_when_it_happens(run, monkeypatch):
    monkeypatch.setattr(cli, "prepare", lambda on_compiling: on_compiling())
    code, _, err = run("fit", "nile", *SMALL)
    assert (code, err) == (0, "Compiling the engine, once on this computer …\n")


def test_that_a_breakdown_shows_the_last_good_step_and_fails(run, monkeypatch):
    def breaking(start, dataset, options):
        yield from list(real(start, dataset, options))[:-1]
        raise EMFault("Gamma", 3, "In iteration 3 a parameter degenerates: Γ.")

    real = cli.em
    monkeypatch.setattr(cli, "em", breaking)
    Path("data.csv").write_text(ROW)
    code, out, err = run("fit", "data.csv", *SMALL, "--out", "result.json")
    assert code == 2
    assert err.endswith("lds-gui: In iteration 3 a parameter degenerates: Γ.\n")
    assert "Not converged after 2 iterations. In iteration 3" in out
    assert load("result.json").n_iter == 2
    assert not load("result.json").converged


P, Q = ["--p-mean", "0,1", "--p-cov", "1 0; 0 2"], ["--q-mean", "1,-1", "--q-cov", "0.5 0; 0 3"]


def test_that_the_divergence_is_printed_both_ways_term_by_term(run):
    code, out, _ = run("kl", *P, *Q)
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()[3:8]}
    assert code == 0
    assert rows == {
        "log-determinants": ["-0.287682", "0.287682"],
        "trace": ["2.66667", "2"],
        "Mahalanobis": ["3.33333", "3"],
        "n": ["2", "2"],
        "divergence": ["1.85616", "1.64384"],
    }


def test_that_gaussians_come_from_files_too_and_a_mean_may_begin_with_a_minus(run):
    Path("p.json").write_text(json.dumps({"mean": [-1.0], "cov": [[2.0]]}))
    _, from_files, _ = run("kl", "p.json", "p.json")
    _, mixed, _ = run("kl", "p.json", "--q-mean", "-1", "--q-cov", "2")
    assert from_files == mixed
    assert from_files.splitlines()[7].split() == ["divergence", "0", "0"]


def test_that_an_infinite_divergence_is_explained(run):
    code, out, _ = run("kl", *P, "--q-mean", "1,-1", "--q-cov", "0 0; 0 3")
    assert code == 0
    assert "KL(P‖Q) is infinite. P spreads along (1, 0) with variance 1, and Q not at all." in out
    assert "KL(Q‖P) is infinite. Q has all its mass in 1 dimension, where P, which has 2 dimensions, has none." in out


def test_that_a_divergence_too_large_for_a_float_is_not_said_to_be_another_subspace(run):
    _, out, _ = run("kl", "--p-mean", "0", "--p-cov", "1", "--q-mean", "1e200", "--q-cov", "1")
    for name in ("KL(P‖Q)", "KL(Q‖P)"):
        assert f"{name} is infinite. It is larger than any number of 64 bits, 1.8e308." in " ".join(out.split())


def test_that_everything_about_two_gaussians_comes_as_json(run):
    code, out, _ = run("kl", *P, *Q, "--json", "--order", "0.5", "--samples", "2000", "--seed", "3")
    report = json.loads(out)
    assert code == 0
    assert report["divergences"]["kl_pq"] == pytest.approx(1.856158963774109, rel=1e-15)
    assert report["divergences"]["renyi"] == pytest.approx(2 * report["divergences"]["bhattacharyya"], rel=1e-15)
    assert list(report["divergences"]) == [divergence.name for divergence in DIVERGENCES]
    assert sum(report["dimensions"]) == pytest.approx(report["terms"]["kl_pq"]["total"])
    assert sum(d["shape_cost"] + d["mean_cost"] for d in report["directions"]) == pytest.approx(1.856158963774109)
    assert report["errata"][-1]["printed"] == pytest.approx(-5.8395913267530375)
    assert len(report["fits"]) == 4
    estimate = report["monte_carlo"]["kl_pq"]
    assert abs(estimate["value"] - 1.856158963774109) < 5 * estimate["error"]
    _, in_bits, _ = run("kl", *P, *Q, "--json", "--bits")
    assert json.loads(in_bits)["terms"]["kl_pq"]["total"] == pytest.approx(1.856158963774109 / math.log(2))
    _, singular, _ = run("kl", *P, "--q-mean", "1,-1", "--q-cov", "0 0; 0 3", "--json")
    assert json.loads(singular)["terms"]["kl_pq"]["total"] == "inf"


def test_that_the_errata_are_printed_if_asked_for(run):
    _, without, _ = run("kl", *P, *Q)
    _, out, _ = run("kl", *P, *Q, "--errata", "--samples", "100")
    assert "As printed" not in without
    for words in ("Task 1.1, result", "-5.83959", "The determinant of a diagonal matrix", "Jensen–Shannon"):
        assert words in out


@pytest.mark.parametrize("text", ["0,1\n1,0\n0,2\n", "a;b\n0;1\n1;0\n0;2\n", "0 1\n1 0\n0 2", "0\t1\n1\t0\n0\t2\n"])
def test_that_a_gaussian_comes_from_a_text_file(run, text):
    Path("p.csv").write_text(text)
    _, from_file, _ = run("kl", "p.csv", *Q)
    _, given, _ = run("kl", *P, *Q)
    assert from_file == given


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("0,1\n1,0\n", "Below the mean of 2 should stand 2 rows of the covariance, but there are 1"),
        ("0,1\n1,0\n0\n", "Row 3 should have 2 numbers, but has 1"),
        ("0,1\n1,x\n0,2\n", "Row 2, column 2: “x” is not a number"),
        ("0,1\n1,0\n0,-2\n", "not positive semi-definite"),
    ],
)
def test_that_a_text_file_that_holds_no_gaussian_is_refused(run, text, words):
    Path("p.csv").write_text(text)
    code, _, error = run("kl", "p.csv", *Q)
    assert code == 2
    assert words in error


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--order", "0"], "The order α must be above 0"), (["--samples", "1"], "at least 2")],
)
def test_that_impossible_wishes_of_kl_are_refused(run, options, words):
    code, _, error = run("kl", *P, *Q, *options)
    assert code == 2
    assert words in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["frob"], "No such command 'frob'"),
        (["--data", "none.csv"], "none.csv: There is no such file."),
        (["--data", "none"], "There is no file 'none'. There is no sample data set 'none'; there are nile"),
        (["--theme", "pink"], "pink"),
        (["fit", "nile"], "Missing option '--latent-dim'"),
        (["fit", "nile", "--latent-dim", "0"], "--latent-dim"),
        (["fit", "nile", "--latent-dim", "two"], "--latent-dim"),
        (["fit", "a" * 300, *SMALL], "There is no file 'aaa"),
        (["fit", "a" * 300 + ".csv", *SMALL], "cannot be read: file name too long"),
        (["fit", ".", *SMALL], ".: This is a folder, not a file."),
        (["fit", "nile", *SMALL, "--start", "a" * 300], "There is no start 'aaa"),
        (["fit", "nile", *SMALL, "--out", "."], "A result is written as one of"),
        (["--data", "nile", "fit", "co2", *SMALL], "--data belongs to the window, not to the command fit."),
        (["--theme", "dark", "demo"], "--theme belongs to the window, not to the command demo; it may stand after it."),
        (["fit", "none.csv", *SMALL], "none.csv: There is no such file."),
        (["fit", "text.csv", *SMALL], "text.csv: Row 2, column 'b': 'x' is not a number"),
        (["fit", "model.json", *SMALL], "model.json: The file holds model parameters, not a data set."),
        (
            ["fit", "nile", *SMALL, "--start", "best"],
            "There is no start 'best'; there are pca, factor_analysis, subspace, random",
        ),
        (["fit", "nile", "--latent-dim", "2", "--start", "model.json"], "has 1 latents, but --latent-dim is 2"),
        (["fit", "us_macro", "--latent-dim", "1", "--start", "model.json"], "6"),
        (["fit", "nile", *SMALL, "--tol", "-1"], "The tolerance must be 0 or more nats"),
        (["fit", "nile", *SMALL, "--tol", "nan"], "The tolerance must be 0 or more nats"),
        (["fit", "nile", *SMALL, "--rtol", "-1"], "The relative tolerance must be 0 or more nats per observed entry"),
        (["fit", "nile", *SMALL, "--param-tol", "-1"], "The tolerance of the parameters must be 0 or more"),
        (["fit", "nile", *SMALL, "--floor", "inf"], "The smallest variance must be 0 or more, but is inf."),
        (
            ["fit", "nile", *SMALL, "--structure", "Gamma"],
            "written as NAME=KIND, such as Gamma=diagonal, unlike 'Gamma'",
        ),
        (
            ["fit", "nile", *SMALL, "--structure", "Gamma=round"],
            "Γ can be full, diagonal or isotropic, but not 'round'",
        ),
        (["fit", "nile", *SMALL, "--structure", "A=diagonal"], "'A' is no covariance"),
        (["fit", "nile", *SMALL, "--structure", "Q=diagonal"], "There is no parameter 'Q'"),
        (["fit", "nile", *SMALL, "--structure", "Sigma0=diagonal"], "Sigma0 is not learned"),
        (["fit", "nile", *SMALL, "--structure", "Γ=diagonal", "--hold", "Γ"], "Gamma is not learned"),
        (
            ["fit", "nile", *SMALL, "--structure", "Γ=full", "--structure", "Gamma=diagonal"],
            "Gamma cannot be both full and diagonal.",
        ),
        (["fit", "nile", *SMALL, "--learn", "A,Q"], "There is no parameter 'Q'; there are A, B, Sigma"),
        (["fit", "nile", *SMALL, "--learn", "A", "--hold", "A"], "A cannot be both learned and held."),
        (["fit", "nile", *SMALL, "--learn", "Sigma0"], "Σ₀"),
        (["fit", "nile", *SMALL, "--out", "none/result.json"], "cannot be written: no such file or directory"),
        (["simulate", "--preset", "none"], "There is no preset 'none'; there are damped_oscillator"),
        (["simulate", "--preset", "local_level", "--params", "model.json"], "either --preset or --params"),
        (["simulate", "--params", "text.csv"], "text.csv: Row 2"),
        (["simulate", "--n-steps", "0"], "--n-steps"),
        (["simulate", "--seed", "-1"], "--seed"),
        (["simulate", "--burn-in", "-1"], "--burn-in"),
        (["simulate", "--missing", "1.5"], "missing at random must be a number from 0 to 1, but is 1.5"),
        (["simulate", "--gap", "1"], "None of the 600 observed entries would be left"),
        (["simulate", "--outliers", "x"], "--outliers"),
        (["simulate", "--out", "sim.xls"], "The suffix '.xls' is unknown"),
        (["kl"], "P needs both --p-mean and --p-cov"),
        (["kl", *P], "Q needs both --q-mean and --q-cov"),
        (["kl", *P, "--q-mean", "0", "--q-cov", "1"], "P and Q must have the same dimension"),
        (["kl", *P, "--q-mean", "0,a", "--q-cov", "1"], "--q-mean: 'a' is not a number"),
        (["kl", *P, "--q-mean", "0,1", "--q-cov", "1 0; 0 a"], "--q-cov, row 2: 'a' is not a number"),
        (["kl", *P, "--q-mean", "0,1", "--q-cov", "1 0; 0"], "Q: The covariance must be"),
        (["kl", *P, "--q-mean", "0,1", "--q-cov", "1 0; 0 -1"], "Q: The covariance is not positive semi-definite"),
        (["kl", "model.json", *Q], "The file should hold a Gaussian"),
        (["kl", "model.json", *P, *Q], "as a file or by its mean and covariance, not both"),
        (["demo", "--preset", "none"], "There is no preset 'none'"),
        (["demo", "--size", "big"], "'big' is not WIDTHxHEIGHT"),
        (["demo", "--size", f"{'9' * 5000}x900"], "is not WIDTHxHEIGHT"),
        (["demo", "--size", "1x1"], "'1x1' is not WIDTHxHEIGHT"),
        (["demo", "--out", "demo.gif"], "must end in .png"),
    ],
    ids=" ".join,
)
def test_that_a_wrong_input_gives_one_sentence_and_exit_code_2(run, arguments, message):
    Path("text.csv").write_text("a,b\n1,x\n")
    save("model.json", LDSParams([[0.5]], [[1.0]], [[1.0]], [[1.0]], [0.0]))
    code, out, err = run(*arguments)
    assert code == 2, out + err
    assert err.startswith("lds-gui: ")
    assert err.count("\n") == 1
    assert message in err
    assert "Traceback" not in err


@pytest.fixture
def qt(monkeypatch):
    """Put the parts that need Qt out of the way; return what they were called with."""
    import lds_gui.ui.platform as platform

    calls = []
    app = type(sys)("lds_gui.ui.app")
    app.run_window = lambda data, _path, theme, _session, **_: calls.append(("window", data and data.name, theme)) or 0
    app.run_demo = lambda *arguments: calls.append(("demo", *arguments)) or "drawn"
    monkeypatch.setitem(sys.modules, "lds_gui.ui.app", app)
    monkeypatch.setattr(platform, "missing_libraries", lambda: None)
    monkeypatch.setattr(platform, "has_display", lambda: True)
    return platform, calls


def test_that_without_a_command_the_window_opens_on_the_data(run, qt):
    assert run() == (0, "", "")
    assert run("--data", "nile", "--theme", "dark")[0] == 0
    assert qt[1] == [("window", None, None), ("window", "nile", "dark")]


def test_that_without_a_display_the_demonstration_is_drawn_and_said_to_be(run, qt, monkeypatch):
    monkeypatch.setattr(qt[0], "has_display", lambda: False)
    code, out, err = run()
    assert (code, out) == (0, "drawn\n")
    assert err.startswith("lds-gui: there is no display")
    assert err.count("\n") == 1
    assert qt[1] == [("demo", presets()[0].name, Path("demo.png"), "light", (1440, 900))]


def test_that_without_a_display_data_and_theme_are_not_dropped_silently(run, qt, monkeypatch):
    monkeypatch.setattr(qt[0], "has_display", lambda: False)
    code, out, err = run("--data", "nile")
    assert (code, out, qt[1]) == (2, "", [])
    assert err == (
        "lds-gui: There is no display to open a window on, so that nile cannot be shown; "
        "`lds-gui fit nile --latent-dim 2` learns from it without one.\n"
    )
    assert run("--theme", "dark")[0] == 0
    assert qt[1] == [("demo", presets()[0].name, Path("demo.png"), "dark", (1440, 900))]


def test_that_the_demonstration_takes_its_options(run, qt):
    code, out, _ = run("demo", "--preset", "local_level", "--out", "a.png", "--theme", "dark", "--size", "800X600")
    assert (code, out) == (0, "drawn\n")
    assert qt[1] == [("demo", "local_level", Path("a.png"), "dark", (800, 600))]


@pytest.mark.parametrize("command", [[], ["demo"]])
def test_that_missing_system_libraries_are_named(run, qt, monkeypatch, command):
    monkeypatch.setattr(qt[0], "missing_libraries", lambda: "install libgl1.")
    assert run(*command) == (2, "", "lds-gui: install libgl1.\n")


def test_that_a_sample_is_found_beside_a_folder_of_its_name(run):
    Path("nile").mkdir()
    assert run("fit", "nile", *SMALL)[0] == 0


def test_that_a_result_that_cannot_be_written_is_refused_before_the_run(run, monkeypatch):
    monkeypatch.setattr(cli, "em", lambda *_: pytest.fail("EM has run"))
    code, out, err = run("fit", "nile", *SMALL, "--out", "none/result.json")
    assert (code, out) == (2, "")
    assert err == "lds-gui: none/result.json: The file cannot be written: no such file or directory.\n"


def test_that_whatever_else_the_system_refuses_is_one_sentence(run, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", "place")

    monkeypatch.setattr(cli, "em", refuse)
    code, _, err = run("fit", "nile", *SMALL)
    assert (code, err) == (2, "lds-gui: place: permission denied.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "command", ["simulate", "simulate --n-steps 20000", "presets", "fit nile --latent-dim 1 --max-iter 1"]
)
@pytest.mark.parametrize(
    ("where", "sentence"), [("> /dev/full", "no space left on device"), (">&-", "it is closed")], ids=["full", "closed"]
)
def test_that_an_output_that_takes_nothing_gives_one_sentence(command, where, sentence):
    run = subprocess.run(f"{sys.executable} -m lds_gui {command} {where}", shell=True, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (2, f"lds-gui: The output cannot be written: {sentence}.\n")


def test_that_a_closed_error_output_changes_nothing():
    command = f"{sys.executable} -m lds_gui"
    run = subprocess.run(
        f"{command} presets 2>&-; {command} fit none.csv 2>&-", shell=True, capture_output=True, text=True
    )
    assert run.stdout.startswith("damped_oscillator")
    assert "Traceback" not in run.stdout
    assert run.returncode == 2


def test_that_an_interrupt_ends_quietly_with_130(run, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "em", interrupt)
    code, _, err = run("fit", "nile", *SMALL)
    assert code == 130
    assert "Traceback" not in err


def test_that_an_interrupted_fit_prints_and_writes_what_it_has_reached(run, monkeypatch, tmp_path):

    def interrupted(*arguments):
        for step in em(*arguments):
            yield step
            if step.iteration == 2:
                raise KeyboardInterrupt

    monkeypatch.setattr(cli, "em", interrupted)
    out = tmp_path / "result.json"
    code, printed, err = run("fit", "nile", "--latent-dim", "1", "--out", str(out))
    assert code == 130
    assert "Interrupted after iteration 2." in printed
    assert load(out).n_iter == 2
    assert "Traceback" not in err


def test_that_the_module_runs_as_a_program_without_loading_qt():
    code = (
        "import sys; from lds_gui.cli import main;"
        "code = main(['fit', 'nile', '--latent-dim', '1', '--max-iter', '2']);"
        "sys.exit(code or any(name.startswith(('PySide6', 'pyqtgraph')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
    assert process("presets").stdout.startswith("damped_oscillator")


def test_that_an_error_of_the_program_goes_to_the_error_output_with_code_2():
    run = process("fit", "none.csv", "--latent-dim", "1")
    assert (run.returncode, run.stdout, run.stderr) == (2, "", "lds-gui: none.csv: There is no such file.\n")


def test_that_a_reader_that_goes_away_causes_no_traceback():
    command = f"{sys.executable} -m lds_gui simulate --n-steps 20000 | head -1"
    run = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert run.stdout.startswith("t,x1,x2,x3")
    assert run.stderr == ""


def test_that_an_output_that_knows_no_greek_causes_no_traceback():
    run = process("kl", *P, *Q, env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert run.returncode == 0, run.stderr
    assert "1.85616" in run.stdout


@pytest.mark.parametrize("width", [40, 80, 110])
def test_that_no_digit_is_cut_off_however_narrow_the_terminal(monkeypatch, capsys, width):
    monkeypatch.setattr(terminal, "_PLAIN_WIDTH", width)
    rng = np.random.default_rng(0)
    A = rng.standard_normal((12, 12)) * 10.0 ** rng.integers(-9, 9, (12, 12))
    params = LDSParams(A, np.eye(12), np.eye(12), np.eye(12), np.zeros(12))
    terminal.print_params(
        terminal.console(), params, [f"{j}. column with a very long name" for j in range(12)], EMOptions()
    )
    out = capsys.readouterr().out
    for value in A.ravel():
        assert terminal.number(value) in out


@pytest.mark.parametrize(
    ("A", "words"),
    [
        ([[0.0, -0.81], [1.0, 0.0]], ["0 ± 0.9i", "0.9", "4", "9.49122"]),
        ([[-0.5]], ["-0.5", "0.5", "2", "1.4427"]),
        ([[1.0]], ["1", "1", "–", "never"]),
        ([[0.0]], ["0", "0", "–", "0"]),
        ([[np.e]], ["2.71828", "2.71828", "–", "grows to e in 1"]),
    ],
)
def test_that_an_eigenvalue_is_told_with_its_period_and_decay(capsys, A, words):
    terminal.print_eigenvalues(terminal.console(), np.array(A))
    last = capsys.readouterr().out.splitlines()[-2]
    assert last.split() == " ".join(words).split()


def test_that_columns_without_values_or_spread_are_told_without_a_warning(capsys):
    params = LDSParams([[0.5]], [[1.0], [0.0], [1.0]], [[1.0]], np.eye(3), [0.0])
    file = DataFile.of(Dataset([[1.0, 5.0, np.nan], [2.0, 5.0, np.nan]]))
    terminal.print_columns(terminal.console(), file, params)
    rows = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert rows["x2"][1:3] == ["5", "0"]
    assert rows["x2"][4] == "–"
    assert rows["x3"][1:5] == ["–"] * 4


@pytest.fixture
def fitted(run, tmp_path):
    """A model of the Nile, learned."""
    path = tmp_path / "model.json"
    assert run("fit", "nile", *SMALL, "--out", path)[0] == 0
    return path


@pytest.mark.parametrize("suffix", ["json", "npz", "mat", "csv"])
def test_that_a_fit_is_written_in_every_format(run, tmp_path, suffix):
    assert run("fit", "nile", *SMALL, "--out", tmp_path / f"result.{suffix}")[0] == 0
    assert (tmp_path / f"result.{suffix}").stat().st_size > 200


def test_that_a_fit_comes_as_json(run):
    code, out, _ = run("fit", "nile", *SMALL, "--json")
    record = json.loads(out)
    assert code == 0
    assert record["log_likelihood"] == record["log_likelihoods"][-1]
    assert (record["n_iter"], record["columns"]) == (3, ["volume (10⁸ m³)"])


def test_that_several_files_are_several_sequences(run, tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(ROW)
    code, out, _ = run("fit", "a.csv", "b.csv", *SMALL)
    assert code == 0
    assert "8 steps in 2 sequences" in out
    (tmp_path / "c.csv").write_text("x,y,z\n" + "1,2,3\n" * 4)
    code, _, err = run("fit", "a.csv", "c.csv", *SMALL)
    assert code == 2
    assert "All files must have the same columns" in err


def test_that_restarts_keep_the_best(run):
    levels = []
    for seed in (0, 1, 2):
        _, out, _ = run("fit", "nile", *SMALL, "--start", "random", "--seed", seed, "--json")
        levels.append(json.loads(out)["log_likelihood"])
    code, out, err = run("fit", "nile", *SMALL, "--start", "random", "--restarts", 3, "--json")
    assert code == 0
    assert json.loads(out)["log_likelihood"] == max(levels)
    assert "Seed 2: log p(x) = " in err


def test_that_a_start_can_be_the_perturbed_truth(run, fitted):
    assert run("fit", "nile", *SMALL, "--start", "perturbed", "--truth", fitted, "--amount", 0.1)[0] == 0
    code, _, err = run("fit", "nile", *SMALL, "--start", "perturbed")
    assert code == 2
    assert "--truth FILE" in err


def test_that_columns_are_standardised_if_asked_for(run):
    code, out, _ = run("fit", "nile", *SMALL, "--standardise", "--json")
    assert code == 0
    assert json.loads(out)["Gamma"][0][0] < 2.0


def test_that_latents_are_inferred_and_written(run, fitted, tmp_path):
    code, out, _ = run("smooth", "nile", "--params", fitted)
    assert code == 0
    head, *rows = out.splitlines()
    assert head == "step,z1,z1 sd,fitted volume (10⁸ m³)"
    assert len(rows) == 100
    assert run("smooth", "nile", "--params", fitted, "--out", tmp_path / "z.npz")[0] == 0
    with np.load(tmp_path / "z.npz") as arrays:
        assert float(rows[41].split(",")[1]) == arrays["smoothed_means"][41, 0]
    record = json.loads(run("smooth", "nile", "--params", fitted, "--json")[1])
    assert record["smoothed_means"][41] == [float(rows[41].split(",")[1])]


def test_that_a_forecast_follows_each_sequence(run, fitted, tmp_path):
    code, out, _ = run("forecast", "nile", "nile", "--params", fitted, "--steps", 3)
    assert code == 0
    rows = [line.split(",") for line in out.splitlines()]
    assert rows[0][:3] == ["sequence", "step", "volume (10⁸ m³)"]
    assert [row[:2] for row in rows[1:]] == [[str(i), str(t)] for i in (1, 2) for t in (1, 2, 3)]
    assert float(rows[3][3]) > float(rows[1][3])  # the further ahead, the less is known
    assert run("forecast", "nile", "--params", fitted, "--out", tmp_path / "f.tsv")[0] == 0


def test_that_a_model_is_diagnosed(run, fitted, tmp_path):
    code, out, _ = run("diagnose", "nile", "--params", fitted)
    assert code == 0
    assert "Standardised one-step prediction errors" in out
    record = json.loads(run("diagnose", "nile", "--params", fitted, "--json")[1])
    assert record["residuals"]["volume (10⁸ m³)"]["values"] == 100
    bad = LDSParams([[1.2, 0.0], [0.0, 0.5]], [[1.0, 0.0]], np.diag([1e-13, 1.0]), [[1.0]], [0.0, 0.0])
    save(tmp_path / "bad.json", bad)
    _, out, _ = run("diagnose", "nile", "--params", tmp_path / "bad.json")
    for words in ("unstable", "1 of 2 latents can be seen", "not white", "close to singular"):
        assert words in out


SCRIPT = """# A lesson.
model = preset("damped_oscillator").params
data = drawn(model, Simulation(n_steps=50, seed=3))
run = list(em(pca_start(data, 2), data, EMOptions(max_iter=4, tol=0.0)))  # iteration 4: log p(x) = LEVEL
"""


def test_that_a_replay_says_whether_the_figures_are_those_recorded(run, tmp_path):
    path = tmp_path / "lesson.py"
    path.write_text(SCRIPT.replace("log p(x) = LEVEL", ""))
    level = json.loads(run("replay", path, "--json")[1])[0]["log_likelihood"]
    path.write_text(SCRIPT.replace("LEVEL", repr(level)))
    code, out, _ = run("replay", path)
    assert code == 0
    assert "A lesson." in out
    assert "as recorded, to the last bit" in out
    path.write_text(SCRIPT.replace("LEVEL", repr(level + 1.0)))
    code, out, _ = run("replay", path)
    assert code == 1
    assert "differs by -1" in out


def test_that_a_report_is_written_without_a_display(run, tmp_path):
    code, _, err = run("report", "nile", "--latent-dim", 1, "--out", tmp_path / "report.html")
    assert code == 0, err
    assert "<h2>Convergence</h2>" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["smooth", "nile"], "params"),
        (["smooth", "nile", "--params", "none.json"], "There is no such file"),
        (["smooth", "us_macro", "--params", "model.json"], "observes 1 variables, but the data have 6 columns"),
        (["smooth", "nile", "--params", "model.json", "--out", "z.xlsx"], "must end in"),
        (["report", "nile"], "--latent-dim"),
        (["report", "none.ldsession"], "cannot be read"),
        (["report", "nile", "--latent-dim", "1", "--out", "a.pdf"], "HTML"),
        (["replay", "none.py"], "cannot be read"),
        (["replay", "bad.py"], "Line 1"),
        (["none.ldsession"], "There is no such file"),
        (["fit", "nile", "--latent-dim", "1", "--out", "a.xlsx"], "A result is written as one of"),
    ],
)
def test_that_wrong_wishes_of_the_analysis_are_refused(run, fitted, tmp_path, arguments, message):
    (tmp_path / "bad.py").write_text("import os\n")
    code, _, err = run(*arguments)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1
