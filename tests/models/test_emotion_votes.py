"""FER+: votes become targets and majorities, and what is wrong in the files is named."""

import csv
import tarfile

import numpy as np
import pytest

from models.commands import TrainingDataError
from models.emotion import dataset, held_out, votes
from models.emotion.labels import LABELS

COLUMNS = (
    *("row", "name", "fer2013_label", "neutral", "happiness", "surprise", "sadness", "anger"),
    *("disgust", "fear", "contempt", "unknown", "NF"),
)


def row(label="", **counts):
    return {"fer2013_label": label} | {name: counts.get(name, 0) for name in votes.VOTED}


ROWS = [
    row("happy", happiness=8, neutral=2),
    row("sad", sadness=5, neutral=4, unknown=1),
    row("sad", sadness=5, neutral=5),
    row("angry", contempt=6, anger=4),
    row("", NF=10),
]


def write_part(folder, part, rows, columns=COLUMNS):
    folder.mkdir(parents=True, exist_ok=True)
    shades = np.arange(len(rows), dtype=np.uint8)[:, None, None] * 20
    np.save(folder / f"{part}.npy", np.broadcast_to(shades, (len(rows), 48, 48)).copy())
    with (folder / f"{part}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        for number, each in enumerate(rows):
            writer.writerow({"row": number, "name": f"fer{number}.png"} | each)


@pytest.fixture
def folder(tmp_path):
    for part in votes.PARTS:
        write_part(tmp_path / "ferplus", part, ROWS)
    return tmp_path / "ferplus"


def test_votes_become_shares_of_the_seven_in_the_units_order(folder):
    shares = votes.read(folder, "train").shares
    expected = np.zeros(7)
    expected[LABELS.index("happiness")], expected[LABELS.index("neutral")] = 0.8, 0.2
    assert shares[0].tolist() == pytest.approx(expected.tolist())
    assert shares.sum(axis=1) == pytest.approx(np.ones(5))
    assert shares[1, LABELS.index("sadness")] == pytest.approx(5 / 9)


def test_a_majority_is_one_emotion_alone_before_all_that_people_could_say(folder):
    found = votes.read(folder, "train")
    assert found.majority.tolist() == [
        LABELS.index("happiness"),
        LABELS.index("sadness"),
        *[-1] * 3,
    ]
    assert found.agreed.tolist() == [True, False, False, False, False]


def test_what_is_no_emotion_to_most_is_not_trained_on(folder):
    assert votes.read(folder, "train").trained_on.tolist() == [True, True, True, False, False]


def test_the_challenge_s_own_labels_are_kept_beside(folder):
    labels = votes.read(folder, "validation").fer_labels
    names = [LABELS[label] if label >= 0 else None for label in labels]
    assert names == ["happiness", "sadness", "sadness", "anger", None]


def test_a_folder_of_votes_is_told_from_one_of_class_folders(folder, tmp_path):
    (tmp_path / "fer" / "train" / "angry").mkdir(parents=True)
    assert votes.is_folder_of_votes(folder)
    assert not votes.is_folder_of_votes(tmp_path / "fer")


def test_faces_to_train_on_keep_picture_and_votes_together(folder):
    train, validation = dataset.read_votes(folder)
    assert (len(train), len(validation)) == (3, 2)
    assert train.pictures.shape[1:] == (64, 64)
    assert [int(picture.mean()) for picture in train.pictures] == [0, 20, 40]
    assert train.targets(0.1, range(7)).argmax(axis=1)[:2].tolist() == train.labels[:2].tolist()


def test_held_out_sets_are_majority_agreement_and_the_challenge_s_labels(folder):
    found = held_out.sets(folder)
    assert list(found) == [held_out.FERPLUS, held_out.AGREED, held_out.FER]
    sizes = {name: len(faces.pictures) for name, faces in found.items()}
    assert sizes == {held_out.FERPLUS: 2, held_out.AGREED: 1, held_out.FER: 4}
    assert found[held_out.FER].votes is None
    assert int(found[held_out.FER].pictures[3].mean()) == 60


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "train.csv").unlink(), "train.csv is missing"),
        (lambda f: (f / "train.npy").unlink(), "train.npy is missing"),
        (lambda f: (f / "train.npy").write_bytes(b"no array"), "is no NumPy file"),
        (lambda f: np.save(f / "train.npy", np.zeros((5, 48))), "holds no grey pictures"),
        (lambda f: (f / "train.csv").write_bytes(b"\xff\xfe\x00row"), "no CSV file in UTF-8"),
        (lambda f: write_part(f, "train", ROWS, COLUMNS[:-2]), "has no column unknown, NF"),
        (lambda f: write_part(f, "train", [row(happiness="many")]), "line 2: happiness is 'many'"),
        (lambda f: write_part(f, "train", [row(), row(fear=-1)]), "line 3: fear is '-1'"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(folder, spoil, said):
    spoil(folder)
    with pytest.raises(TrainingDataError, match=said):
        votes.read(folder, "train")


def test_a_row_without_a_picture_is_named(folder):
    np.save(folder / "train.npy", np.zeros((4, 48, 48), np.uint8))
    with pytest.raises(TrainingDataError, match=r"5 rows of votes, .* 4 pictures"):
        votes.read(folder, "train")


def test_the_real_votes_are_read(test_data, tmp_path):
    archive = test_data / "ferplus.tar.xz"
    if not archive.is_file():
        pytest.skip(f"NO {archive}: the real votes are not read")
    with tarfile.open(archive) as tar:
        for name in ("validation.npy", "validation.csv"):
            (tmp_path / name).write_bytes(tar.extractfile(f"ferplus/{name}").read())
    found = votes.read(tmp_path, "validation")
    assert len(found.pictures) == 3579
    assert int((found.majority >= 0).sum()) == 3372
    assert np.bincount(found.majority[found.majority >= 0]).tolist() == [
        *(1242, 880, 395, 441, 73, 31, 310)
    ]
