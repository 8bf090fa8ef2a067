"""A GPU is used when there is one; asking for one that is not there is one clear line."""

import subprocess
import sys

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")

from models import devices  # noqa: E402
from models.commands import TrainingDataError  # noqa: E402

needs_no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")


@needs_no_gpu
def test_without_a_gpu_auto_is_the_cpu_and_cuda_is_refused():
    threads = torch.get_num_threads()
    try:
        assert devices.prepare("auto", threads).type == "cpu"
        with pytest.raises(TrainingDataError, match="sees no GPU here"):
            devices.prepare("cuda", threads)
    finally:
        torch.set_num_threads(threads)


def test_a_network_s_device_is_where_its_weights_are():
    assert devices.device_of(torch.nn.Linear(2, 2)).type == "cpu"
    assert devices.device_of(torch.nn.Linear(2, 2, device="meta")).type == "meta"


@needs_no_gpu
@pytest.mark.parametrize("option", [["--device", "cuda"], ["--graphs"]])
def test_training_without_the_gpu_asked_for_ends_with_one_line(tmp_path, option):
    command = [sys.executable, "-m", "models.emotion.train", "--fer", "F", "--photos", "P"]
    command += ["--cache", str(tmp_path / "none.npz"), "--out", str(tmp_path / "run"), *option]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert option[-1].lstrip("-") in done.stderr
    assert not (tmp_path / "run").exists()
