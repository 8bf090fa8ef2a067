"""Class names are understood as people write them, in English and Korean."""

import unicodedata

import pytest

from models.emotion.class_names import SPELLINGS, label_of
from models.emotion.labels import FER_FOLDERS, LABELS


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("happy", "happiness"),
        ("Happiness", "happiness"),
        ("SAD", "sadness"),
        ("angry", "anger"),
        ("blank", "neutral"),
        ("0_neutral", "neutral"),
        ("03 surprise", "surprise"),
        ("기쁨", "happiness"),
        ("중립", "neutral"),
        ("무표정", "neutral"),
        ("중립(무표정)", "neutral"),
        ("중립 (무표정)", "neutral"),
        ("슬픔", "sadness"),
        ("놀람", "surprise"),
        ("공포", "fear"),
        ("혐오", "disgust"),
        ("분노", "anger"),
    ],
)
def test_a_common_spelling_is_understood(name, label):
    assert label_of(name) == LABELS.index(label)


def test_korean_as_a_mac_writes_file_names_is_understood():
    apart = unicodedata.normalize("NFD", "슬픔")
    assert apart != "슬픔"
    assert label_of(apart) == LABELS.index("sadness")


@pytest.mark.parametrize("name", ["contempt", "", "happ", "12", "기쁨(슬픔)", "()", "happy sad"])
def test_what_names_no_one_emotion_is_not_guessed(name):
    assert label_of(name) is None


def test_every_folder_name_of_fer2013_is_understood():
    assert {name: LABELS[label_of(name)] for name in FER_FOLDERS} == FER_FOLDERS


def test_no_spelling_stands_for_two_emotions():
    every = [name for names in SPELLINGS.values() for name in names]
    assert len(every) == len(set(every))
    assert set(SPELLINGS) == set(LABELS)
