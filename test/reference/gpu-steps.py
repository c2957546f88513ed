"""Runs steps that `willfit export` wrote on the first GPU (or other device) that JAX sees, and says how long they take.

    willfit export vit-s16 --batch 256 --devices 1 | gzip > steps/vit-s16@256.mlir.gz
    python3 gpu-steps.py steps/order.txt RESULTS.json [SECONDS]

`order.txt` names one module a line, in the order of their importance: none is begun after SECONDS. What is done is kept in
RESULTS.json after each. A step's seconds are those of many steps enqueued one after the other, with what is carried from step
to step donated and fed back, and the device waited for at the end: the median of some such runs.
"""

import gzip
import json
import os
import re
import statistics
import sys
import time

import jax
import ml_dtypes
import numpy as np
from jax._src import compiler
from jax._src.interpreters import mlir
from jax.sharding import SingleDeviceSharding
from jaxlib import _jax
from jaxlib.mlir import ir

WARM_UP_STEPS = 4
RUNS = 3
# A run of steps is about so long, and between these counts.
RUN_SECONDS = 1.0
STEPS_LEAST, STEPS_MOST = 8, 30

DTYPES = {
    "f32": np.float32,
    "bf16": ml_dtypes.bfloat16,
    "i32": np.int32,
    "i1": np.bool_,
    "ui8": np.uint8,
}

# Random numbers are drawn once and repeated: what they are does not matter, that they are not all alike does.
POOL = 1_000_003
random = np.random.default_rng(0)
NORMAL = random.standard_normal(POOL, dtype=np.float32)
UNIFORM = random.random(POOL, dtype=np.float32)

# Small enough that random labels do not lead to infinities.
LEARNING_RATE = 1e-5


def attributes(of):
    return {item.name: item.attr for item in of}


def described(module):
    """What the arguments of main are, as the module itself says."""
    main = next(op for op in module.body.operations if op.sym_name.value == "main")
    inputs = []
    for value, facts in zip(main.type.inputs, map(attributes, main.arg_attrs)):
        tensor, first = ir.RankedTensorType(value), facts.get("willfit.initializer")
        replaced_by = facts.get("tf.aliasing_output")
        inputs.append(
            {
                "name": facts["willfit.name"].value,
                "role": facts["willfit.role"].value,
                "shape": tuple(tensor.shape),
                "dtype": DTYPES[str(tensor.element_type)],
                "initializer": first and {item.name: item.attr.value for item in first},
                "replaced_by": None if replaced_by is None else replaced_by.value,
            }
        )
    return inputs


def first_value(spec):
    shape, dtype, initializer = spec["shape"], spec["dtype"], spec["initializer"]
    if initializer and initializer["kind"] == "constant":
        return np.full(shape, initializer["value"], dtype)
    if initializer and initializer["kind"] == "uniform":
        return (np.resize(2 * UNIFORM - 1, shape) * initializer["limit"]).astype(dtype)
    if initializer:
        return (np.resize(NORMAL, shape) * initializer["stddev"]).astype(dtype)
    if spec["role"] == "schedule":
        return np.full(shape, LEARNING_RATE, dtype)
    if spec["name"] == "labels" and dtype == np.float32:
        return np.eye(shape[-1], dtype=dtype)[random.integers(shape[-1], size=shape[0])]
    if np.issubdtype(dtype, np.integer):
        return random.integers(2, size=shape).astype(dtype)
    if spec["role"] == "noise":
        return np.resize(UNIFORM, shape).astype(dtype)
    return np.resize(2 * UNIFORM - 1, shape).astype(dtype)


def compiled(text, device):
    """The executable of a module, and what its arguments are."""
    with mlir.make_ir_context():
        module = ir.Module.parse(text)
        inputs = described(module)
        options = compiler.get_compile_options(
            num_replicas=1, num_partitions=1, device_assignment=np.zeros((1, 1), int) + device.id
        )
        devices = _jax.DeviceList((device,))
        began = time.perf_counter()
        client = device.client
        compile_and_load = getattr(client, "compile_and_load", None) or client.compile
        executable = compile_and_load(module, devices, options)
        return executable, inputs, time.perf_counter() - began


def stepper(executable, inputs, arguments):
    """One more step, its results in the place of what they replace."""

    def step():
        results = executable.execute_sharded(arguments).disassemble_into_single_device_arrays()
        for i, spec in enumerate(inputs):
            if spec["replaced_by"] is not None:
                arguments[i] = results[spec["replaced_by"]][0]
        return results[0][0]

    return step


def finite(array):
    return bool(np.isfinite(np.asarray(array, dtype=np.float32)).all())


def instruction_counts(hlo):
    """How many instructions of each kind the compiled program runs."""
    counts = {}
    entry = hlo[hlo.index("\nENTRY ") :]
    for kind in re.findall(r"^\s+(?:ROOT )?%?[\w.\-]+ = .*? ([a-z][a-z\-]*)\(", entry, re.M):
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def measured(path, device, keep_hlo):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        text = file.read()
    executable, inputs, compile_seconds = compiled(text, device)
    memory = executable.get_compiled_memory_stats()
    row = {
        "module": os.path.basename(path),
        "compileSeconds": round(compile_seconds, 2),
        "peakBytes": getattr(memory, "peak_memory_in_bytes", None),
        "argumentBytes": memory.argument_size_in_bytes,
        "tempBytes": memory.temp_size_in_bytes,
    }
    try:
        hlo = executable.hlo_modules()[0].to_string()
        row["instructions"] = instruction_counts(hlo)
        if keep_hlo:
            with gzip.open(keep_hlo, "wt", encoding="utf-8") as file:
                file.write(hlo)
    except Exception as error:  # the time is worth more than the counts
        row["instructions"] = str(error)[:200]
    sharding = SingleDeviceSharding(device)
    arguments = [jax.device_put(first_value(spec), sharding) for spec in inputs]
    jax.block_until_ready(arguments)
    step = stepper(executable, inputs, arguments)
    for _ in range(WARM_UP_STEPS):
        loss = step()
    jax.block_until_ready(loss)
    began = time.perf_counter()
    jax.block_until_ready(step())
    single = time.perf_counter() - began
    steps = int(min(max(RUN_SECONDS / single, STEPS_LEAST), STEPS_MOST))
    runs, enqueueing = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        for _ in range(steps):
            loss = step()
        enqueueing.append((time.perf_counter() - began) / steps)
        jax.block_until_ready((loss, arguments))
        runs.append((time.perf_counter() - began) / steps)
    row.update(
        stepSeconds=statistics.median(runs),
        runs=runs,
        stepsPerRun=steps,
        singleStepSeconds=single,
        enqueueSeconds=statistics.median(enqueueing),
        finite=finite(loss),
        inUseBytes=(device.memory_stats() or {}).get("peak_bytes_in_use"),
    )
    return row


def main(order, results_path, seconds="360"):
    began = time.perf_counter()
    device = jax.devices()[0]
    folder = os.path.dirname(os.path.abspath(order))
    answer = {
        "device": device.device_kind,
        "jax": jax.__version__,
        "platform": getattr(device.client, "platform_version", ""),
        "steps": [],
    }
    with open(order, encoding="utf-8") as file:
        names = file.read().split()
    for name in names:
        if time.perf_counter() - began > float(seconds):
            print("out of time", flush=True)
            break
        keep = os.environ.get("KEEP_HLO", "").split(",")
        beside = os.path.join(os.path.dirname(results_path), f"{name.replace('@', '-')}.hlo.gz")
        path = beside if name in keep else None
        at = time.perf_counter()
        try:
            row = measured(os.path.join(folder, f"{name}.mlir.gz"), device, path)
        except Exception as error:
            row = {"module": name, "error": f"{type(error).__name__}: {error}"[:2000]}
        row["totalSeconds"] = round(time.perf_counter() - at, 1)
        answer["steps"].append(row)
        with open(results_path, "w", encoding="utf-8") as file:
            json.dump(answer, file, indent=1)
        print({k: v for k, v in row.items() if k != "instructions"}, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
