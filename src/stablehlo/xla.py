"""XLA's side of willfit: parses, compiles ahead of time and runs the modules that `src/stablehlo` prints.

Speaks JSON on standard output, one object; whatever the libraries print goes to standard error. Exit status 0 with
an answer, 3 when a package is missing or is not the version this was written for ({"missing": ...}).

    python3 xla.py packages                          what is installed
    python3 xla.py parse FILE...                     whether XLA's parser and verifier accept each
    python3 xla.py compile TARGET < module           for a TPU that need not be there; TARGET is JSON
    python3 xla.py execute MODULE INPUTS OUTPUTS ... on this computer's processor; .npz in, .npz out

JAX has no public way to compile a module's text for a topology, so this reaches into jax._src;
xla.ts says of which version.
"""

import ctypes
import importlib.metadata
import json
import math
import os
import re
import signal
import sys

PACKAGES = ("jax", "jaxlib", "libtpu")
UNAVAILABLE = 3

# Without these libtpu asks a metadata server what machine it is on, and waits.
NO_TPU_HERE = {
    "TPU_WORKER_HOSTNAMES": "localhost",
    "TPU_SKIP_MDS_QUERY": "1",
    "ALLOW_MULTIPLE_LIBTPU_LOAD": "1",
    "TPU_ACCELERATOR_TYPE": "v4-8",
}


# <linux/prctl.h>
PR_SET_PDEATHSIG = 1


def end_with_parent():
    """Has Linux end this process with the one that waits for it: a compile would go on for minutes, for nobody."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def packages():
    """The version of each package, None where it is not installed."""

    def version(name):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            return None

    return {name: version(name) for name in PACKAGES}


def parse(text):
    """The module in memory; raises ValueError when XLA's parser or verifier rejects it."""
    from jax._src.interpreters import mlir
    from jaxlib.mlir import ir

    with mlir.make_ir_context():
        try:
            module = ir.Module.parse(text)
            module.operation.verify()
        except ir.MLIRError as error:
            raise ValueError(str(error)) from None
        return module


def parse_files(paths):
    def verdict(path):
        try:
            with open(path, encoding="utf-8") as file:
                parse(file.read())
            return None
        except ValueError as error:
            return str(error)

    return {"errors": {path: verdict(path) for path in paths}}


def compile_options(replicas):
    import numpy as np
    from jax._src import compiler

    return compiler.get_compile_options(
        num_replicas=replicas,
        num_partitions=1,
        device_assignment=np.arange(replicas).reshape(replicas, 1),
    )


def replica_count(module):
    from jaxlib.mlir import ir

    return ir.IntegerAttr(module.operation.attributes["mhlo.num_replicas"]).value


def compile_ahead(target):
    """Compiles standard input for `target` and reports what the compiler says of it."""
    from jax.experimental import topologies
    from jaxlib import _jax

    text = sys.stdin.read()
    devices = topologies.get_topology_desc(
        target["topology"], platform="tpu", **target["options"]
    ).devices
    module = parse(text)
    with module.context:
        replicas = replica_count(module)
        try:
            executable = devices[0].client.compile(
                module,
                executable_devices=_jax.DeviceList(tuple(devices[:replicas])),
                compile_options=compile_options(replicas),
            )
        except _jax.JaxRuntimeError as error:
            return out_of_memory(str(error))
    memory = executable.get_compiled_memory_stats()
    cost = executable.cost_analysis()
    instructions = list(entry_instructions(executable.hlo_modules()[0].to_string()))
    return {
        "fits": True,
        "memory": {
            "argumentBytes": memory.argument_size_in_bytes,
            "tempBytes": memory.temp_size_in_bytes,
            "peakBytes": memory.peak_memory_in_bytes,
        },
        "flops": cost["flops"],
        "bytesAccessed": cost["bytes accessed"],
        # XLA names what it computes a second time after what it computed first: fusion.12.remat3.
        "rematerialized": sum(".remat" in name for name, *_ in instructions),
        "instructions": [
            {"name": name, "opName": op_name, "cycles": cycles, "productElements": elements}
            for name, op_name, cycles, elements in instructions
            if cycles > 0
        ],
    }


# The compiler refuses in two ways: "Used 46.31G of 30.75G hbm", and, before it has placed anything, "the total memory
# required for HLO temporaries (39.82G) exceeds available HBM (30.75G)".
USED = re.compile(r"Used ([0-9.]+)([KMGT]?) of")
TEMPORARIES = re.compile(r"HLO temporaries \(([0-9.]+)([KMGT]?)\)")
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def out_of_memory(message):
    """What a program that is too big would need; raises ValueError when the message is about something else."""

    def quantity(found):
        return found and float(found[1]) * UNITS[found[2]]

    needed, temporaries = quantity(USED.search(message)), quantity(TEMPORARIES.search(message))
    if needed is None and temporaries is None:
        raise ValueError(message)
    return {"fits": False, "neededBytes": needed, "tempBytes": temporaries}


COMPUTATION = re.compile(r"^(ENTRY )?%?([\w.\-]+) \(.*\{$")
INSTRUCTION = re.compile(r"^\s+(?:ROOT )?%?([\w.\-]+) = ")
OP_NAME = re.compile(r'op_name="([^"]*)"')
CALLED = re.compile(r"calls=%?([\w.\-]+)")
CYCLES = re.compile(r'"estimated_cycles":"(\d+)"')
# On TPU a dot is a convolution by the time it is scheduled.
MATRIX_PRODUCT = re.compile(r" = \w+\[([\d,]*)\]\S* (?:convolution|dot)\(")


def entry_instructions(hlo):
    """(name, op_name, estimated cycles, elements) of each instruction of the entry computation.

    A fusion goes by the name of the matrix product in it, if there is one: XLA itself names it after its last
    operation, which is often the first of the next layer. `elements` are those of the product's result; None where there
    is no product, or more than one.
    """
    products_of = {}  # computation -> (op_name, elements) of the matrix products in it and in what it calls
    computation = entry = None
    for line in hlo.splitlines():
        opening = COMPUTATION.match(line)
        if opening:
            computation = opening[2]
            entry = entry or (computation if opening[1] else None)
            continue
        instruction = INSTRUCTION.match(line)
        if not instruction:
            continue
        named = OP_NAME.search(line)
        called = CALLED.search(line)
        products = list(products_of.get(called[1], ())) if called else []
        product = MATRIX_PRODUCT.search(line)
        if product:
            sizes = [int(size) for size in product[1].split(",") if size]
            products.append((named[1] if named else "", math.prod(sizes)))
        products_of.setdefault(computation, []).extend(products)
        if computation == entry:
            cycles = CYCLES.search(line)
            yield (
                instruction[1],
                products[0][0] if products else (named[1] if named else ""),
                int(cycles[1]) if cycles else 0,
                products[0][1] if len(products) == 1 else None,
            )


def execute(paths):
    """Runs modules on virtual devices of the processor, as many as the module has replicas.

    Arrays of INPUTS and OUTPUTS are named 0, 1, ... in the order of the module's arguments and results, and have the
    replicas as their first dimension. They are f32 or i32, whatever the module computes in.
    """
    import jax
    import numpy as np
    from jax.sharding import Mesh, NamedSharding, PartitionSpec
    from jaxlib import _jax
    from jaxlib.mlir import ir

    for path, inputs_path, outputs_path in zip(paths[::3], paths[1::3], paths[2::3]):
        with open(path, encoding="utf-8") as file:
            module = parse(file.read())
        with module.context:
            replicas = replica_count(module)
            devices = jax.devices()[:replicas]
            if len(devices) < replicas:
                raise ValueError(f"the module is for {replicas} devices, here are {len(devices)}")
            main = next(op for op in module.body.operations if op.sym_name.value == "main")
            types = [str(ir.RankedTensorType(t).element_type) for t in main.type.inputs]
            executable = devices[0].client.compile_and_load(
                module, _jax.DeviceList(tuple(devices)), compile_options(replicas)
            )
        # To JAX the replicas' tensors are copies of one array; that they differ is nobody's business but ours.
        sharding = NamedSharding(Mesh(np.array(devices), "replica"), PartitionSpec())
        arguments = []
        with np.load(inputs_path) as inputs:
            for i, element_type in enumerate(types):
                stacked = inputs[str(i)].astype(NUMPY_TYPES[element_type]())
                pieces = [jax.device_put(piece, device) for piece, device in zip(stacked, devices)]
                arguments.append(
                    jax.make_array_from_single_device_arrays(stacked.shape[1:], sharding, pieces)
                )
        results = executable.execute_sharded(arguments).disassemble_into_single_device_arrays()
        np.savez(outputs_path, **{str(i): portable(pieces) for i, pieces in enumerate(results)})
    return {"backend": "cpu", "packages": packages()}


def bfloat16():
    import ml_dtypes

    return ml_dtypes.bfloat16


NUMPY_TYPES = {
    "f32": lambda: "float32",
    "i32": lambda: "int32",
    "i1": lambda: "bool",
    "ui8": lambda: "uint8",
    "bf16": bfloat16,
}


def portable(pieces):
    import numpy as np

    stacked = np.stack([np.asarray(piece) for piece in pieces])
    return stacked.astype("int32" if stacked.dtype.kind in "bui" else "float32")


def main(command, *arguments):
    os.environ["JAX_PLATFORMS"] = "cpu"
    if command == "packages":
        return packages()
    if command == "parse":
        return parse_files(arguments)
    if command == "compile":
        target = json.loads(arguments[0])
        os.environ.update(NO_TPU_HERE)
        return {"packages": packages(), **compile_ahead(target)}
    if command == "execute":
        return execute(arguments)
    raise ValueError(f"there is no command {command}")


if __name__ == "__main__":
    end_with_parent()
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the libraries write to standard output, too
    try:
        json.dump(main(*sys.argv[1:]), answer)
    except (ImportError, AttributeError) as error:
        json.dump({"missing": f"{type(error).__name__}: {error}"}, answer)
        sys.exit(UNAVAILABLE)
    except ValueError as error:
        json.dump({"error": str(error)}, answer)
        sys.exit(1)
