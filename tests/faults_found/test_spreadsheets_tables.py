"""Campaign tables as the spreadsheets of the world write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.cli.campaign_import import ImportedRow, read_campaigns
from appliance.errors import ContentError


@pytest.fixture
def read(tmp_path: Path):
    def of(table: str | bytes, encoding: str | None = None) -> tuple[ImportedRow, ...]:
        file = tmp_path / "table.csv"
        file.write_bytes(table.encode() if isinstance(table, str) else table)
        return read_campaigns(file, encoding)

    return of


def table(name: str, advertiser: str) -> str:
    return f"name,advertiser\n{name},{advertiser}\n"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_separators_and_empty_cells(read, mark: str) -> None:
    lines = (
        "name|advertiser|max_plays_per_hour|dayparts||",
        '"A; B, C"|X|5|"mon 07:00-09:00;tue 07:00-09:00"||',
        "|||||",
    )
    (row,) = read("\n".join(lines).replace("|", mark))
    assert (row.campaign.name, row.campaign.max_plays_per_hour) == ("A; B, C", 5)
    assert len(row.campaign.dayparts) == 2


def test_excels_unicode_text(read) -> None:
    (row,) = read("name\tadvertiser\n봄\t꽃집\n".encode("utf-16"))
    assert row.campaign.name == "봄"


@pytest.mark.parametrize(
    ("name", "advertiser", "encoding"),
    [
        ("봄 축제", "꽃집", "cp949"),
        ("Frühling", "Café Müller", "cp1252"),
        ("ÀBC", "X", "cp1252"),
        ("Château – été", "L’Été", "cp1252"),
    ],
)
def test_the_code_page_is_told_by_what_comes_out(
    read, name: str, advertiser: str, encoding: str
) -> None:
    """Python's cp949 takes "ÀB" of cp1252 for a syllable that nobody writes."""
    (row,) = read(table(name, advertiser).encode(encoding))
    assert (row.campaign.name, row.campaign.advertiser) == (name, advertiser)


def test_who_is_unsure_asks(read) -> None:
    russian = table("Весна", "Цветы").encode("cp1251")
    with pytest.raises(ContentError, match="give --encoding"):
        read(russian)
    assert read(russian, "cp1251")[0].campaign.name == "Весна"
    with pytest.raises(ContentError, match="there is no 'nonsense'"):
        read(russian, "nonsense")


@pytest.mark.parametrize("space", [",", ".", " ", "\u00a0", "'", ""])
def test_thousands_of_a_count(read, space: str) -> None:
    header = "name;advertiser;starts_on;ends_on;target_plays"
    (row,) = read(f"{header}\nA;B;2027-01-01;2027-12-31;12{space}000\n")
    assert row.campaign.target_plays == 12_000


@pytest.mark.parametrize("written", ["62,5", "62.5", "1,20", "1.000,5"])
def test_what_is_no_whole_number_is_named(read, written: str) -> None:
    with pytest.raises(ContentError, match=r"line 2: share_s_per_hour: .*whole number"):
        read(f"name;advertiser;share_s_per_hour\nA;B;{written}\n")


def test_a_cell_under_no_column_is_named(read) -> None:
    with pytest.raises(ContentError, match="line 2: 'C' stands under no column"):
        read("name,advertiser\nA,B,C\n")
