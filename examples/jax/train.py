"""Trains with a step that willfit exported, on the TPUs or GPUs that JAX sees (or on the processor).

    willfit export vit-s16 --batch 1k --devices 8 -o step.mlir
    python3 train.py step.mlir --steps 100

The module is one device's program: XLA runs a copy of it on each device, and the collectives in it make one training
run of them. All else is here: first values, batches, the learning rate. `batch` makes data up; put your input pipeline
in its place.
"""

import argparse
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax._src import compiler
from jax._src.interpreters import mlir
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxlib import _jax
from jaxlib.mlir import ir

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("module", help="what `willfit export` wrote")
parser.add_argument("--steps", type=int, default=100)
parser.add_argument("--learning-rate", type=float, default=1e-3)
parser.add_argument("--warmup-steps", type=int, default=10)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--out", help="an .npz for parameters and state at the end")
args = parser.parse_args()

DTYPES = {"f32": jnp.float32, "bf16": jnp.bfloat16, "i32": jnp.int32}


def attributes(of):
    return {item.name: item.attr for item in of}


# Compile a replica for each device. What main's arguments are is written beside them.
with mlir.make_ir_context(), open(args.module, encoding="utf-8") as file:
    module = ir.Module.parse(file.read())
    replicas = ir.IntegerAttr(module.operation.attributes["mhlo.num_replicas"]).value
    devices = jax.devices()
    if len(devices) != replicas:
        raise SystemExit(
            f"{args.module} is for {replicas} device(s) and here are {len(devices)}: "
            f"export it with --devices {len(devices)}"
        )
    options = compiler.get_compile_options(
        num_replicas=replicas,
        num_partitions=1,
        device_assignment=np.arange(replicas).reshape(replicas, 1),
    )
    client = devices[0].client
    step = client.compile_and_load(module, _jax.DeviceList(tuple(devices)), options)
    main = next(op for op in module.body.operations if op.sym_name.value == "main")
    inputs = []
    for value, facts in zip(main.type.inputs, map(attributes, main.arg_attrs)):
        tensor, first = ir.RankedTensorType(value), facts.get("willfit.initializer")
        shard = facts.get("willfit.shard")
        replaced_by = facts.get("tf.aliasing_output")
        inputs.append(
            {
                "name": facts["willfit.name"].value,
                "role": facts["willfit.role"].value,
                "shape": tuple(tensor.shape),
                "dtype": DTYPES[str(tensor.element_type)],
                "initializer": first and {item.name: item.attr.value for item in first},
                "shard": shard and {item.name: item.attr.value for item in shard},
                "replaced_by": replaced_by and replaced_by.value,
            }
        )
    outputs = [attributes(facts)["willfit.name"].value for facts in main.result_attrs]

# To JAX an argument is one array, replicated; that a batch, or a part of a weight, differs from device to device is not its
# business.
replicated = NamedSharding(Mesh(np.array(devices), "replica"), PartitionSpec())
here = [device for device in devices if device.process_index == jax.process_index()]


def on_devices(make):
    """An argument whose value on each device is `make(device number)`."""
    pieces = [jax.device_put(make(devices.index(device)), device) for device in here]
    return jax.make_array_from_single_device_arrays(pieces[0].shape, replicated, pieces)


def first_value(number, spec):
    """Of the whole tensor, of which each device may hold a part."""
    shape, initializer = list(spec["shape"]), spec["initializer"]
    if spec["shard"]:
        shape[spec["shard"]["dimension"]] *= spec["shard"]["replicas"]
    random = np.random.default_rng([args.seed, number])
    if initializer["kind"] == "constant":
        value = np.full(shape, initializer["value"])
    elif initializer["kind"] == "uniform":
        value = random.uniform(-initializer["limit"], initializer["limit"], shape)
    else:
        value = random.standard_normal(shape)
        while initializer["truncated"] and (far := np.abs(value) > 2).any():
            value[far] = random.standard_normal(far.sum())
        value = value * initializer["stddev"]
    return value.astype(spec["dtype"])


def part(value, spec, device):
    """What a device holds of it."""
    if not spec["shard"]:
        return value
    return np.split(value, spec["shard"]["replicas"], spec["shard"]["dimension"])[device]


def whole(array, spec):
    """The tensor that the devices hold, or parts of it, for saving. Of parts, those that this process can see."""
    pieces = [piece.data for piece in array.addressable_shards]
    return np.concatenate(pieces, spec["shard"]["dimension"]) if spec["shard"] else pieces[0]


def batch(spec, device):
    """This device's share of the global batch; made up, and always the same."""
    shape = spec["shape"]
    random = np.random.default_rng([args.seed, device, len(spec["name"])])
    if spec["name"] == "labels":
        return np.eye(shape[-1], dtype=np.float32)[random.integers(shape[-1], size=shape[0])]
    if spec["dtype"] == jnp.int32:
        return random.integers(2, size=shape, dtype=np.int32)
    return random.uniform(-1, 1, shape).astype(spec["dtype"])


def argument(spec, number):
    """What is not carried from step to step."""
    if spec["role"] == "schedule":
        rate = np.float32(args.learning_rate * min(1, (number + 1) / args.warmup_steps))
        return on_devices(lambda device: rate)
    if spec["role"] == "noise":
        draw = lambda device: np.random.default_rng([args.seed, number, device]).random(spec["shape"], np.float32)
        return on_devices(draw)
    return on_devices(lambda device: batch(spec, device))


state = {}
for i, spec in enumerate(inputs):
    if spec["initializer"]:
        value = first_value(i, spec)
        state[i] = on_devices(lambda device: part(value, spec, device))

print(f"{len(outputs)} outputs, {len(devices)} × {devices[0].device_kind}", flush=True)
for number in range(args.steps):
    began = time.perf_counter()
    arguments = [state[i] if i in state else argument(spec, number) for i, spec in enumerate(inputs)]
    results = step.execute_sharded(arguments).disassemble_into_single_device_arrays()
    for i, spec in enumerate(inputs):
        if spec["replaced_by"] is not None:
            pieces = results[spec["replaced_by"]]
            state[i] = jax.make_array_from_single_device_arrays(spec["shape"], replicated, pieces)
    loss = float(results[outputs.index("loss")][0])  # waits for the step
    print(f"step {number + 1}  loss {loss:.6f}  {time.perf_counter() - began:.3f} s", flush=True)

if args.out:
    np.savez(args.out, **{inputs[i]["name"]: whole(state[i], inputs[i]) for i in state})
