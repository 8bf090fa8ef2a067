"""AI Hub's layout as it lies after unpacking: votes, boxes, orientation, what is left out."""

import json
import re
import subprocess
import sys

import cv2
import numpy as np
import pytest

from models.emotion import aihub
from models.emotion.labels import LABELS
from models.emotion.own_data import Plan, check, read_to_measure
from models.emotion.own_looks import Reading
from models.emotion.own_rows import HELD_OUT, TRAIN, VALIDATION, OwnDataError
from tests.models import aihub_faces
from tests.models.aihub_faces import AiHub

PLAN = Plan(Reading(32))


def label_names(source):
    return {row.path.name: LABELS[row.label] for row in source.rows}


def test_the_layout_is_told_from_class_folders(tmp_path):
    aihub_faces.whole(tmp_path / "hub", people=1, each=1).write_labels()
    (tmp_path / "classes" / "기쁨").mkdir(parents=True)
    assert aihub.is_aihub(tmp_path / "hub")
    assert not aihub.is_aihub(tmp_path / "classes")


@pytest.mark.parametrize(
    ("encoding", "form"), [("utf-8", "NFC"), ("cp949", "NFC"), ("utf-8", "NFD")]
)
def test_every_encoding_and_a_macs_names_are_read(tmp_path, encoding, form):
    hub = aihub_faces.whole(tmp_path, people=2, each=2)
    hub.write_labels(encoding, form)
    source = aihub.read(tmp_path, aihub.WORDS)
    assert len(source.rows) == 12
    assert not source.left_out


def test_two_of_three_annotators_count_and_the_folder_does_not(tmp_path):
    hub = AiHub(tmp_path)
    path = hub.add("당황", ["중립", "중립", "당황"])
    hub.write_labels()
    (row,) = aihub.read(tmp_path, aihub.WORDS).rows
    assert row.path == path
    assert LABELS[row.label] == "neutral"
    assert row.votes[LABELS.index("neutral")] == pytest.approx(2 / 3)
    assert row.votes[LABELS.index("surprise")] == pytest.approx(1 / 3)


def test_words_that_count_as_the_same_emotion_agree(tmp_path):
    hub = AiHub(tmp_path)
    path = hub.add("상처", ["상처", "슬픔", "중립"])
    hub.write_labels()
    assert label_names(aihub.read(tmp_path, aihub.WORDS)) == {path.name: "sadness"}
    apart = aihub.read(tmp_path, aihub.words_of("상처=none"))
    assert apart.left_out[aihub.NO_MAJORITY] == [path]


def test_each_reason_to_leave_a_picture_out_is_named(tmp_path):
    hub = AiHub(tmp_path)
    reasons = {
        aihub.NO_MAJORITY: hub.add("불안", ["불안", "중립", "분노"], number=1),
        aihub.UNKNOWN: hub.add("불안", ["알수없음", "알수 없음", "불안"], number=2),
        aihub.NO_BOX: hub.add(
            "불안", number=3, **{f"annot_{who}": {"faceExp": "불안"} for who in "ABC"}
        ),
        aihub.INCOMPLETE: hub.add("불안", number=4, annot_A=None, annot_B={"faceExp": None}),
    }
    gone = hub.add("불안", number=5, written=False)
    hub.write_labels()
    source = aihub.read(tmp_path, aihub.WORDS)
    assert not source.rows
    assert {reason: paths[0] for reason, paths in source.left_out.items() if reason in reasons} == (
        reasons
    )
    assert [path.name for path in source.left_out[aihub.MISSING]] == [gone.name]


def test_a_box_upside_down_does_not_count_and_the_others_median_does(tmp_path):
    hub = AiHub(tmp_path)
    other = {"faceExp": "기쁨", "boxes": {"minX": 30, "minY": 120, "maxX": 90, "maxY": 180}}
    broken = {"faceExp": "기쁨", "boxes": {"minX": 90, "minY": 120, "maxX": 30, "maxY": 180}}
    hub.add("기쁨", annot_B=other, annot_C=broken)
    hub.write_labels()
    (row,) = aihub.read(tmp_path, aihub.WORDS).rows
    assert (row.box.x1, row.box.y1, row.box.x2, row.box.y2) == (25.0, 115.0, 95.0, 185.0)


def test_the_box_is_cut_out_of_the_upright_picture(tmp_path):
    hub = AiHub(tmp_path)
    for number, orientation in enumerate((1, 3, 6)):
        hub.add("기쁨", label="happiness", number=number, orientation=orientation)
    hub.write_labels()
    found = read_to_measure(tmp_path, Plan(Reading(80, crop=aihub_crop())))
    for picture in found.faces.pictures:
        # The face alone: its corners are the background of the drawing, darker than the grey.
        assert picture[:6, :6].mean() < 115
        drawn = [
            cv2.cvtColor(aihub_faces.draw_face("happiness", n, 80), cv2.COLOR_BGR2GRAY)
            for n in range(3)
        ]
        assert min(np.abs(picture.astype(int) - each).mean() for each in drawn) < 6


def aihub_crop():
    from appliance.inference.model_manifest import CropSpec

    return CropSpec(scale=1.0)


def test_nobody_is_on_two_sides_of_the_split(tmp_path):
    aihub_faces.whole(tmp_path).write_labels()
    data = check(tmp_path, PLAN)
    people = {part: {p.path.name.split("_")[0] for p in data.parts[part]} for part in data.parts}
    assert not people[TRAIN] & people[HELD_OUT]
    assert not people[TRAIN] & people[VALIDATION]
    assert data.faces[TRAIN].votes is not None
    assert len(data.classes) == 3


def test_the_validation_archives_are_measured_on(tmp_path):
    hub = aihub_faces.whole(tmp_path)
    for number, (label, word) in enumerate(aihub_faces.WORD_OF.items()):
        for copy in range(2):
            hub.add(
                word,
                label=label,
                person=f"else{copy}",
                number=900 + 10 * number + copy,
                side="VALID",
            )
    hub.write_labels()
    data = check(tmp_path, PLAN)
    assert len(data.parts[HELD_OUT]) == 6
    assert all("VALID" in str(picture.path) for picture in data.parts[HELD_OUT])


def test_parts_may_be_missing(tmp_path):
    hub = aihub_faces.whole(tmp_path)
    hub.write_labels()
    for path in (tmp_path / "[원천]EMOIMG_슬픔_TRAIN_01").iterdir():
        path.unlink()
    data = check(tmp_path, PLAN)
    assert {LABELS[label] for label in data.classes} == {"happiness", "neutral"}
    assert len(data.left_out[aihub.MISSING]) == 24


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([{"filename": "a.jpg", "annot_A": {}}], "no annot_B, annot_C in any of its 1 records"),
        ({"data": []}, "no list of records"),
        ("[", "no JSON"),
    ],
)
def test_labels_of_another_year_are_named_before_training(tmp_path, content, said):
    path = tmp_path / "[라벨]EMOIMG_기쁨_TRAIN" / "img_emotion_training_data(기쁨).json"
    path.parent.mkdir()
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    with pytest.raises(OwnDataError, match=re.escape(said)):
        check(tmp_path, PLAN)


def test_a_word_that_is_in_no_table_is_named_with_the_option(tmp_path):
    hub = AiHub(tmp_path)
    hub.add("기쁨", ["기쁨", "기쁨", "설렘"])
    hub.write_labels()
    with pytest.raises(OwnDataError, match="--words 설렘=EMOTION"):
        check(tmp_path, PLAN)
    assert len(aihub.read(tmp_path, aihub.words_of("설렘=happiness")).rows) == 1


@pytest.mark.parametrize("text", ["상처", "상처=hurt", "=anger"])
def test_a_wrong_word_is_refused(text):
    from argparse import ArgumentTypeError

    with pytest.raises(ArgumentTypeError, match="write WORD=EMOTION"):
        aihub.words_of(text)


def test_evaluate_measures_the_shipped_network_and_says_what_was_left_out(tmp_path):
    hub = AiHub(tmp_path)
    for number in range(6):
        hub.add("기쁨", label="happiness", number=number)
    hub.add("불안", ["불안", "중립", "분노"], number=7)
    hub.write_labels()
    ended = subprocess.run(
        [sys.executable, "-m", "models.emotion.evaluate", "--data", tmp_path, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ended.stdout)["pictures"] == 6
    assert f"left out, {aihub.NO_MAJORITY}: 1" in ended.stderr
