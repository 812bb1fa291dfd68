#!/usr/bin/python3
"""The same training step as bench/Geobuk.TrainBench in plain PyTorch (Debian: apt-get install python3-torch libopenblas0-pthread; without
   OpenBLAS its products are those of the reference BLAS, fifty times slower).
   With GEOBUK_DEVICE=cuda it computes there.
   bench/train_torch.py [100m|ax-pico|1b] [STEPS] [THREADS]"""
import os, sys, time, math, torch
import torch.nn as nn, torch.nn.functional as F

SHAPES = {"100m": (768, 2048, 12, 12, 8192, 1024, 2, 2), "ax-pico": (256, 768, 4, 4, 6144, 512, 8, 1), "1b": (2048, 5632, 22, 16, 32000, 2048, 8, 1)}
name = sys.argv[1] if len(sys.argv) > 1 else "100m"
steps = int(sys.argv[2]) if len(sys.argv) > 2 else 3
torch.set_num_threads(int(sys.argv[3]) if len(sys.argv) > 3 else 2)
H, I, L, A, V, T, ROWS, MICRO = SHAPES[name]
D = H // A
# A CPU without bf16 products emulates them, a hundred times slower.
DEVICE = os.environ.get("GEOBUK_DEVICE", "cpu")
BF16 = DEVICE != "cpu" or any(feature in open("/proc/cpuinfo").read() for feature in ("avx512_bf16", "amx_bf16"))
TYPE, TYPE_NAME = (torch.bfloat16, "bf16") if BF16 else (torch.float32, "fp32")


class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(H))

    def forward(self, x):
        w = x.float()
        return (w * torch.rsqrt(w.pow(2).mean(-1, keepdim=True) + 1e-5)).to(x.dtype) * self.weight


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1, self.n2 = Norm(), Norm()
        self.q, self.k, self.v, self.o = (nn.Linear(H, H, bias=False) for _ in range(4))
        self.gate, self.up, self.down = nn.Linear(H, I, bias=False), nn.Linear(H, I, bias=False), nn.Linear(I, H, bias=False)

    def forward(self, x, cos, sin, mask):
        b, t, _ = x.shape
        h = self.n1(x)
        q, k, v = (p(h).view(b, t, A, D).transpose(1, 2) for p in (self.q, self.k, self.v))

        def turn(y):
            y1, y2 = y.chunk(2, -1)
            return torch.cat([y1 * cos - y2 * sin, y2 * cos + y1 * sin], -1)

        q, k = turn(q), turn(k)
        if hasattr(F, "scaled_dot_product_attention"):
            a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            a = torch.softmax((q @ k.transpose(-1, -2)) / math.sqrt(D) + mask, -1) @ v
        x = x + self.o(a.transpose(1, 2).reshape(b, t, H))
        h = self.n2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.head, self.norm = nn.Embedding(V, H), nn.Linear(H, V, bias=False), Norm()
        self.layers = nn.ModuleList(Layer() for _ in range(L))
        angles = torch.arange(T).float()[:, None] * (10000 ** (-torch.arange(0, D, 2).float() / D))[None]
        self.cos, self.sin = angles.cos().to(DEVICE, TYPE), angles.sin().to(DEVICE, TYPE)
        self.mask = torch.full((T, T), float("-inf")).triu(1).to(DEVICE, TYPE)

    def forward(self, ids):
        x = self.embed(ids)
        for layer in self.layers:
            x = layer(x, self.cos, self.sin, self.mask)
        return self.head(self.norm(x))


def wait():
    if DEVICE != "cpu":
        torch.cuda.synchronize()


def rate():
    size = 2048 if DEVICE == "cpu" else 8192
    a, b = torch.randn(size, size).to(DEVICE, TYPE), torch.randn(size, size).to(DEVICE, TYPE)
    best, small = 0, torch.randn(512, 512)
    start = time.time()
    small @ small
    if 2 * 512 ** 3 / (time.time() - start) < 5e9:
        print(f"pytorch {name}: skipped, its matrix products are those of the reference BLAS; apt-get install libopenblas0-pthread.")
        sys.exit()
    for _ in range(8):
        start = time.time()
        a @ b
        wait()
        best = max(best, 2 * size ** 3 / (time.time() - start))
    return best


torch.manual_seed(1)
before = rate()
model = Model().to(DEVICE, TYPE)
for p in model.parameters():
    if p.dim() == 2:
        p.data.normal_(0, 0.02)
masters = [p.detach().float().clone().requires_grad_(True) for p in model.parameters()]
optimizer = torch.optim.AdamW(masters, lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1)
seconds = []
for step in range(steps + 1):
    start = time.time()
    for _ in range(MICRO):
        ids = torch.randint(0, V, (ROWS, T), device=DEVICE)
        logits = model(ids)[:, :-1]
        loss = F.cross_entropy(logits.reshape(-1, V).float(), ids[:, 1:].reshape(-1)) / MICRO
        loss.backward()
    for m, p in zip(masters, model.parameters()):
        m.grad = p.grad.float()
        p.grad = None
    torch.nn.utils.clip_grad_norm_(masters, 1)
    optimizer.step()
    with torch.no_grad():
        for m, p in zip(masters, model.parameters()):
            p.copy_(m)
    wait()
    if step:
        seconds.append(time.time() - start)
after = rate()
median = sorted(seconds)[len(seconds) // 2]
tokens = ROWS * T * MICRO
matrices = L * (4 * H * H + 3 * H * I) + H * V
flops = (6.0 * matrices + 6.0 * L * H * T) * tokens
print(f"pytorch {torch.__version__} {name}: {tokens} tokens a step of {T}, {tokens / median:,.0f} tokens/s, {flops / median / 1e9:.1f} GFLOP/s, "
      f"{TYPE_NAME} matmul {before / 1e9:.0f} and {after / 1e9:.0f} GFLOP/s, MFU {flops / median / max(before, after):.1%}")
