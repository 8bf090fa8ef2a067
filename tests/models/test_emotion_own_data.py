"""The owner's pictures: what is wrong is named, all of it, before anything is trained."""

import json
import shutil
import unicodedata

import cv2
import numpy as np
import pytest

from appliance.domain import Box
from appliance.inference import image_ops
from appliance.inference.model_manifest import CropSpec
from models.emotion.labels import LABELS
from models.emotion.own_data import Plan, check
from models.emotion.own_looks import FaceFinder, Reading
from models.emotion.own_rows import HELD_OUT, TRAIN, VALIDATION, OwnDataError
from tests.models.own_faces import draw_face, write_faces

THREE = {"happiness": 12, "neutral": 12, "sadness": 12}
PLAN = Plan(Reading(32))


@pytest.fixture
def root(tmp_path):
    write_faces(tmp_path / "faces", THREE)
    return tmp_path / "faces"


def refused(path, plan=PLAN):
    with pytest.raises(OwnDataError) as caught:
        check(path, plan)
    return str(caught.value)


def test_three_classes_are_read_and_divided(root):
    data = check(root, PLAN)
    assert [LABELS[label] for label in data.classes] == ["neutral", "happiness", "sadness"]
    assert {part: len(faces) for part, faces in data.faces.items()} == {
        TRAIN: 24,
        VALIDATION: 6,
        HELD_OUT: 6,
    }
    for part, pictures in data.parts.items():
        assert [picture.label for picture in pictures] == data.faces[part].labels.tolist()
        assert set(data.faces[part].labels) == set(data.classes)
    assert any("never say surprise, fear, disgust, anger" in note for note in data.notes)


def test_label_and_picture_stay_together(root):
    data = check(root, PLAN)
    for part, pictures in data.parts.items():
        for picture, packed in zip(pictures, data.faces[part].pictures, strict=True):
            assert LABELS[picture.label] == picture.path.parent.name
            image = cv2.imread(str(picture.path))
            fed = image_ops.in_colour(image_ops.resize(image, 32, 32), "grey")[:, :, 0]
            assert np.array_equal(packed, fed)


def test_korean_folders_any_size_and_any_kind_of_picture(tmp_path):
    folders = {"happiness": "기쁨", "neutral": "중립(무표정)"}
    folders["sadness"] = unicodedata.normalize("NFD", "슬픔")
    write_faces(tmp_path, THREE, folders=folders)
    cv2.imwrite(str(tmp_path / "기쁨" / "large.JPG"), draw_face("happiness", 99, 400))
    cv2.imwrite(str(tmp_path / "기쁨" / "tall.webp"), draw_face("happiness", 98, 90)[:, :50])
    data = check(tmp_path, PLAN)
    assert sum(len(faces) for faces in data.faces.values()) == 38
    assert data.faces[TRAIN].pictures.shape[1:] == (32, 32)


def test_a_missing_folder_is_named(tmp_path):
    assert f"{tmp_path / 'gone'} is missing" in refused(tmp_path / "gone")


def test_a_folder_without_classes_says_what_they_are_called(tmp_path):
    message = refused(tmp_path)
    assert "no class folders" in message
    assert "기쁨" in message


def test_a_class_folder_missing_of_seven_is_named(tmp_path):
    write_faces(tmp_path, THREE)
    for other in ("surprise", "fear", "disgust"):
        shutil.copytree(tmp_path / "sadness", tmp_path / other)
    message = refused(tmp_path)
    assert "nothing for anger" in message
    assert "--classes neutral,happiness,sadness,surprise,fear,disgust" in message


def test_a_class_that_was_asked_for_and_is_missing_is_named(root):
    asked = tuple(LABELS.index(name) for name in ("happiness", "anger", "fear"))
    assert "nothing for fear, anger" in refused(root, Plan(Reading(32), classes=asked))


def test_only_the_classes_asked_for_are_used(root):
    asked = (LABELS.index("happiness"), LABELS.index("sadness"))
    data = check(root, Plan(Reading(32), classes=asked))
    assert data.classes == asked
    assert sum(len(faces) for faces in data.faces.values()) == 24


def test_an_empty_class_folder_is_named(root):
    for file in (root / "sadness").iterdir():
        file.unlink()
    assert f"{root / 'sadness'}: it is empty" in refused(root)


def test_a_class_folder_without_a_picture_is_named(root):
    for file in (root / "sadness").iterdir():
        file.unlink()
    (root / "sadness" / "a.txt").write_bytes(b"1")
    assert "none of its 1 files is a picture" in refused(root)


def test_every_unreadable_picture_is_named(root):
    (root / "sadness" / "text.jpg").write_text("no picture")
    (root / "neutral" / "nothing.png").write_bytes(b"")
    whole = cv2.imencode(".jpg", draw_face("happiness", 5))[1].tobytes()
    (root / "happiness" / "half.jpg").write_bytes(whole[: len(whole) // 2])
    message = refused(root)
    for name in ("text.jpg", "nothing.png", "half.jpg"):
        assert name in message


def test_one_class_only_is_refused(tmp_path):
    write_faces(tmp_path, {"happiness": 12})
    assert "one class only, happiness" in refused(tmp_path)


def test_an_unknown_class_folder_is_named(root):
    (root / "neutral").rename(root / "contempt")
    assert f"{root / 'contempt'} is named like no class" in refused(root)


def test_too_few_pictures_of_a_class_are_refused(tmp_path):
    write_faces(tmp_path, THREE | {"sadness": 3})
    assert "3 usable pictures of sadness" in refused(tmp_path)


def test_pictures_beside_the_class_folders_are_not_passed_over_in_silence(root):
    cv2.imwrite(str(root / "loose.png"), draw_face("happiness", 77))
    assert "1 pictures lie outside" in refused(root)


def test_everything_wrong_is_in_one_message(root):
    (root / "happiness" / "bad.jpg").write_text("no picture")
    (root / "contempt").mkdir()
    for file in (root / "sadness").iterdir():
        file.unlink()
    message = refused(root)
    for said in ("bad.jpg", "contempt", "it is empty"):
        assert said in message


def test_the_same_picture_in_two_classes_is_left_out(root):
    shutil.copy(root / "happiness" / "happiness-3.png", root / "sadness" / "copy.png")
    data = check(root, PLAN)
    names = {path.name for path in data.left_out["annotators disagree"]}
    assert names == {"happiness-3.png", "copy.png"}
    used = {picture.path.name for part in data.parts.values() for picture in part}
    assert not names & used


def test_a_copy_within_a_class_is_used_once(root):
    shutil.copy(root / "happiness" / "happiness-3.png", root / "happiness" / "copy.png")
    data = check(root, PLAN)
    assert sum(len(faces) for faces in data.faces.values()) == 36
    assert "1 pictures are copies of others and were used once." in data.notes


def test_people_named_in_files_are_on_one_side(tmp_path):
    write_faces(tmp_path, {"happiness": 40, "neutral": 40, "sadness": 40}, people=20)
    data = check(tmp_path, PLAN)
    people = {part: {p.path.stem.split("_")[0] for p in data.parts[part]} for part in data.parts}
    assert not people[TRAIN] & people[HELD_OUT]
    assert not people[TRAIN] & people[VALIDATION]
    assert not people[HELD_OUT] & people[VALIDATION]
    assert any("20 names" in note for note in data.notes)


def test_too_few_people_are_split_by_picture_and_said_so(tmp_path):
    write_faces(tmp_path, THREE, people=2)
    assert any("picture by picture" in note for note in check(tmp_path, PLAN).notes)
    assert "too few people" in refused(tmp_path, Plan(Reading(32), split="person"))


def test_the_owners_own_folders_are_kept_apart(tmp_path):
    write_faces(tmp_path / "train", THREE)
    write_faces(tmp_path / "pool", dict.fromkeys(THREE, 15))
    for label in THREE:
        (tmp_path / "valid" / label).mkdir(parents=True)
        for number in (12, 13, 14):
            file = tmp_path / "pool" / label / f"{label}-{number}.png"
            file.rename(tmp_path / "valid" / label / file.name)
    shutil.rmtree(tmp_path / "pool")
    data = check(tmp_path, PLAN)
    assert {p.path.parts[-3] for p in data.parts[HELD_OUT]} == {"valid"}
    assert {p.path.parts[-3] for p in data.parts[TRAIN] + data.parts[VALIDATION]} == {"train"}
    assert len(data.parts[HELD_OUT]) == 9


def test_a_class_missing_on_one_side_is_named(tmp_path):
    write_faces(tmp_path / "train", THREE)
    write_faces(tmp_path / "valid", {"happiness": 5, "neutral": 5})
    assert f"{tmp_path / 'valid'} has no class folder for sadness" in refused(tmp_path)


def test_train_without_valid_is_refused(tmp_path):
    write_faces(tmp_path / "train", THREE)
    assert "no folder valid" in refused(tmp_path)


def label_file(root, rows, name="labels.csv"):
    path = root / name
    if name.endswith(".json"):
        keys = ("picture", "label", "annotator")
        path.write_text(json.dumps([dict(zip(keys, row, strict=True)) for row in rows]))
    else:
        lines = ["picture,label,annotator", *(",".join(row) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def rows(root):
    """Two annotators who agree on every picture."""
    files = sorted(root.rglob("*.png"))
    return [(str(file.relative_to(root)), file.parent.name, who) for file in files for who in "AB"]


@pytest.mark.parametrize("name", ["labels.csv", "labels.json"])
def test_pictures_on_which_annotators_disagree_are_left_out(root, rows, name):
    rows[1] = (rows[1][0], "sadness", "B")
    data = check(label_file(root, rows, name), PLAN)
    assert [path.name for path in data.left_out["annotators disagree"]] == ["happiness-0.png"]
    assert sum(len(faces) for faces in data.faces.values()) == 35


def test_a_spreadsheet_of_a_korean_windows_is_read(root, rows):
    korean = {"happiness": "기쁨", "neutral": "중립", "sadness": "슬픔"}
    lines = [f"{p};{korean[label]};{who}".replace("/", "\\") for p, label, who in rows]
    path = root / "labels.csv"
    path.write_bytes("\r\n".join(["picture;label;annotator", *lines]).encode("cp949"))
    assert sum(len(faces) for faces in check(path, PLAN).faces.values()) == 36


def test_every_wrong_row_is_named(root, rows):
    rows[0] = ("gone.png", "happiness", "A")
    rows[4] = (rows[4][0], "contempt", "A")
    rows[6] = (rows[6][0], "happiness", "")
    message = refused(label_file(root, rows))
    assert "line 2: there is no picture" in message
    assert "line 6: label 'contempt'" in message
    assert "line 8: no text in annotator" in message


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("labels.csv", "file,emotion\na.png,happy\n", "lacks the columns picture, label"),
        ("labels.csv", "", "lacks the columns"),
        ("labels.csv", "picture,label,annotator\n", "holds no rows"),
        ("labels.json", "{", "is no JSON"),
        ("labels.json", '{"a.png": "happy"}', "is no list of rows"),
        ("labels.json", "[]", "holds no rows"),
        ("labels.json", '[{"picture": "a.png"}]', "row 1: no text in label, annotator"),
        ("labels.txt", "a.png happy", "neither a folder nor"),
    ],
)
def test_a_wrong_label_file_is_refused(tmp_path, name, content, said):
    (tmp_path / name).write_text(content)
    assert said in refused(tmp_path / name)


def test_a_label_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "labels.csv").write_bytes(bytes(range(128, 256)))
    assert "is no text" in refused(tmp_path / "labels.csv")


def test_a_label_file_with_an_endless_path_is_refused(tmp_path):
    path = label_file(tmp_path, [("x" * 5000, "happy", "A")])
    assert "there is no picture" in refused(path)


class _Detector:
    """Stands in for the network: finds what it is told to."""

    def __init__(self, boxes):
        self._boxes = boxes

    def detect(self, image):
        return self._boxes.get(image.shape[0], ())


class _Detection:
    def __init__(self, box):
        self.box = box


def test_whole_photographs_are_cut_to_their_largest_face(root):
    largest = Box(10.0, 12.0, 50.0, 52.0)
    found = (_Detection(Box(0.0, 0.0, 5.0, 5.0)), _Detection(largest))
    finder = FaceFinder(_Detector({64: found}))
    cv2.imwrite(str(root / "neutral" / "nobody.png"), draw_face("neutral", 55, 70))
    data = check(root, Plan(Reading(40, finder, CropSpec(scale=1.0))))
    assert [path.name for path in data.left_out["no face found"]] == ["nobody.png"]
    picture, packed = data.parts[TRAIN][0], data.faces[TRAIN].pictures[0]
    assert picture.box == largest
    expected = cv2.cvtColor(cv2.imread(str(picture.path))[12:52, 10:50], cv2.COLOR_BGR2GRAY)
    assert np.array_equal(packed, expected)


def test_the_units_detector_finds_the_face_in_a_photograph(test_data, tmp_path):
    import tarfile

    archive = test_data / "expression-photos.tar"
    if not archive.is_file():
        pytest.skip(f"NO {archive}: no photograph to find a face in")
    finder = FaceFinder.open()
    with tarfile.open(archive) as tar:
        member = next(m for m in tar if m.name.endswith(".jpg"))
        data = np.frombuffer(tar.extractfile(member).read(), np.uint8)
    face = cv2.resize(cv2.imdecode(data, cv2.IMREAD_COLOR), (120, 120))
    whole = np.full((300, 400, 3), 128, np.uint8)
    whole[90:210, 200:320] = face
    box = finder.largest(whole)
    assert 200 < box.centre[0] < 320
    assert 90 < box.centre[1] < 210
    assert finder.largest(np.full((300, 400, 3), 128, np.uint8)) is None


def test_fingerprint_follows_pictures_and_labels(root):
    before = check(root, PLAN).fingerprint
    assert check(root, PLAN).fingerprint == before
    file = root / "sadness" / "sadness-0.png"
    file.rename(root / "neutral" / file.name)
    assert check(root, PLAN).fingerprint != before
