"""One ONNX file, opened, checked against its manifest and warmed up."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from appliance.errors import ModelError
from appliance.inference.model_manifest import ModelManifest, load_manifest

logger = logging.getLogger(__name__)

Tensor = NDArray[np.float32]

# ONNX Runtime's own kinds share no base but Exception.
RUNTIME_ERRORS: tuple[type[Exception], ...] = (
    ort_errors.EPFail,
    ort_errors.EngineError,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NoSuchFile,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
    RuntimeError,
)

NUMBER_TYPES = frozenset({"tensor(float)", "tensor(float16)", "tensor(double)"})


class OnnxModel:
    """A network ready to run on the processor."""

    def __init__(self, path: Path | str, threads: int = 2, must_agree: bool = False) -> None:
        """Open the network at ``path`` (its ONNX file or its manifest).

        ``must_agree``: a self test that differs is an error, not only a warning.
        Raises ModelError when the file or its manifest is missing, damaged, or when the two do
        not fit each other.
        """
        self.manifest: ModelManifest = load_manifest(path)
        self.path = Path(path).with_name(self.manifest.file)
        self._check_bytes()
        self._session = self._open(threads)
        self._check_input()
        self._check_outputs()
        self.output_names: tuple[str, ...] = tuple(o.name for o in self._session.get_outputs())
        self.self_test_difference: float | None = None
        """Largest deviation from what the manifest's self test says; None without one."""
        self._warm_up(must_agree)

    @property
    def batch(self) -> int | None:
        """Pictures per run where the graph fixes it; None: any number."""
        first = self._session.get_inputs()[0].shape[0]
        return first if isinstance(first, int) else None

    def run(self, tensor: Tensor) -> tuple[Tensor, ...]:
        """Run float32 [N, C, H, W]; the outputs come in the order of ``output_names``."""
        try:
            outputs = self._session.run(None, {self.manifest.input.name: tensor})
        except RUNTIME_ERRORS as exc:
            raise ModelError(f"Network {self.path} failed to run: {_first_line(exc)}") from exc
        return tuple(np.asarray(output, np.float32) for output in outputs)

    def _check_bytes(self) -> None:
        try:
            with self.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as exc:
            raise ModelError(
                f"No network {self.path} ({exc.strerror}): put the ONNX file beside its manifest"
            ) from exc
        if digest != self.manifest.sha256:
            raise ModelError(
                f"Network {self.path} is not the file its manifest describes"
                f" (sha256 {digest[:12]}..., expected {self.manifest.sha256[:12]}...):"
                " copy both again"
            )

    def _open(self, threads: int) -> ort.InferenceSession:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Threads that spin between two frames would burn a core while nobody is there.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return ort.InferenceSession(
                str(self.path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except RUNTIME_ERRORS as exc:
            raise ModelError(
                f"Network {self.path} cannot be opened ({_first_line(exc)}): copy it again"
            ) from exc

    def _check_input(self) -> None:
        spec = self.manifest.input
        inputs = self._session.get_inputs()
        if [i.name for i in inputs] != [spec.name]:
            names = ", ".join(i.name for i in inputs)
            raise ModelError(
                f"Network {self.path} has input {names}, its manifest says {spec.name}:"
                " correct the manifest's input.name"
            )
        wanted = [None, spec.channels, *spec.size_px]
        shape = inputs[0].shape
        fits = len(shape) == 4 and all(
            want is None or not isinstance(have, int) or have == want
            for have, want in zip(shape, wanted, strict=True)
        )
        if not fits or inputs[0].type != "tensor(float)":
            raise ModelError(
                f"Network {self.path} wants {inputs[0].type} {shape}, its manifest says"
                f" float [N, {spec.channels}, {spec.size_px[0]}, {spec.size_px[1]}]:"
                " correct the manifest's input"
            )

    def _check_outputs(self) -> None:
        for output in self._session.get_outputs():
            # Texts, sequences and maps are no numbers to make anything of.
            if output.type not in NUMBER_TYPES:
                raise ModelError(
                    f"Network {self.path} answers with {output.type} in {output.name}, tensors of"
                    " floating-point numbers expected: export it again"
                )

    def _warm_up(self, must_agree: bool) -> None:
        spec = self.manifest.input
        shape = (1, spec.channels, *spec.size_px)
        test = self.manifest.self_test
        if test is None:
            self.run(np.zeros(shape, np.float32))
            return
        rng = np.random.default_rng(test.input_seed)
        output = self.run(rng.standard_normal(shape).astype(np.float32))[0]
        expected = np.asarray(test.output, np.float32)
        if output.shape != expected.shape:
            raise ModelError(
                f"Network {self.path} answers with shape {output.shape}, its manifest's self_test"
                f" says {expected.shape}: copy both again"
            )
        self.self_test_difference = float(np.abs(output - expected).max())
        # Written so that an answer which is no number at all differs too.
        agrees = self.self_test_difference <= test.tolerance
        if not agrees and must_agree:
            raise ModelError(
                f"Network {self.path} answers its self test differently on this processor (by"
                f" {self.self_test_difference:.3f}, at most {test.tolerance:.3f} expected):"
                " quantize it for this processor, or copy it again"
            )
        if not agrees:
            # Quantized arithmetic differs between processors; a unit that sees a little less
            # well is better than one that sees nothing, so this is said and not refused.
            logger.warning(
                "Network %s answers differently on this processor (by %.3f, at most %.3f expected)",
                self.path.name,
                self.self_test_difference,
                test.tolerance,
            )


def _first_line(exc: Exception) -> str:
    return str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__
