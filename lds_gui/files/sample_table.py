"""Real data that come with the program, in `resources/sample_data`: one CSV file and one line in the table each."""

from dataclasses import dataclass
from pathlib import Path

from lds_gui.lds import ParameterError
from lds_gui.resources import resource_path


@dataclass(frozen=True)
class Sample:
    """A data set: what it is, with its units, where it comes from, and under what terms."""

    name: str
    title: str
    description: str
    source: str
    licence: str

    @property
    def path(self) -> Path:
        """The CSV file."""
        return resource_path("sample_data", f"{self.name}.csv")


_SAMPLES = (
    Sample(
        "nile",
        "Annual flow of the Nile, 1871–1970",
        "Discharge at Aswan in 10⁸ m³, one value a year; the level falls near 1898. The textbook case of a local level "
        "model.",
        "G. W. Cobb (1978), The problem of the Nile: conditional solution to a changepoint problem, Biometrika 65, "
        "243–251; from statsmodels' data set 'nile'.",
        "public domain",
    ),
    Sample(
        "co2",
        "Atmospheric CO₂ at Mauna Loa, monthly, 1958–2001",
        "Parts per million by volume; means of the weekly values of each month. Five months without a weekly value are "
        "left blank. A trend and a yearly cycle.",
        "C. D. Keeling and T. P. Whorf (2004), Carbon Dioxide Information Analysis Center, Oak Ridge National "
        "Laboratory; from statsmodels' data set 'co2'.",
        "public domain",
    ),
    Sample(
        "us_macro",
        "United States macroeconomy, quarterly, 1959–2009",
        "Six series in percent: growth of real GDP, consumption and investment, inflation of consumer prices (all at "
        "annual rates), unemployment, and the 3-month treasury bill rate. The business cycle is a common factor.",
        "Federal Reserve Bank of St. Louis (FRED) and Bureau of Labor Statistics, accessed December 2009; from "
        "statsmodels' data set 'macrodata'.",
        "public domain",
    ),
    Sample(
        "sunspots",
        "Sunspot numbers, yearly, 1700–2008",
        "Yearly mean of the sunspot number: an oscillation of about 11 years that is not quite regular.",
        "National Geophysical Data Center, NOAA; from statsmodels' data set 'sunspots'.",
        "public domain",
    ),
)


def samples() -> tuple[Sample, ...]:
    """Return the table of sample data sets."""
    return _SAMPLES


def sample(name: str) -> Sample:
    """Return the sample of this name. Raises ParameterError with the names there are."""
    for candidate in _SAMPLES:
        if candidate.name == name:
            return candidate
    known = ", ".join(candidate.name for candidate in _SAMPLES)
    raise ParameterError("sample", f"There is no sample data set '{name}'; there are {known}.")
