#!/usr/bin/env python3
"""Fits the model of fit_lrrnn with PyTorch, by the same recipe, and prints what it took.

usage: peer.py FOLDER [--seed N] [--variant NAME] [--threads N]

FOLDER is a problem that `bench/lrrnn` exported. Needs torch and numpy, nothing else.
Prints one line of JSON: the seconds of each epoch (CPU of all threads, and wall),
the loss on the training trials, bits per spike on the test trials, memory.

Three variants are kept: autograd (what one writes), analytic, compiled. What was
tried for them, in CPU-milliseconds an epoch after the warm-up, one thread, torch
2.15.0 unless said, on two cores that others used too (5 % of noise), recording
(76 neurons, 532 trials) / synthetic (512 neurons, 400 trials of 100 steps):

    autograd, padded, unbound in time, fused Adam               122 / 493
      foreach Adam                                              136
      torch 1.13.1, foreach Adam                                125 / 498
    analytic                                                     22 / 65
      torch 1.13.1 (its sigmoid and exp2 are slower)             33 / 145
      trials of a batch sorted by length, no idle rows           22 / 69
      the two loops in torch.jit.script                          21 / not run
    compiled: the observations by inductor                       24 / 55
      and 20 unrolled steps of the network too, by cpp_wrapper   26 / 60

The other choices, by call (microseconds; 25 trials x 76 / x 512 neurons): tanh 4.2 / 25,
sigmoid 1.1 / 3.1; exp 1.8 / 7.9, exp2 0.9 / 2.2; s n' by a column-major n' 1.1 / 2.3,
row-major 1.9 / 9.9; a step backwards by baddbmm 0.9, by two addcmul 2.0; Xᵀ F over all
steps 118 / 2189 as mm(Xᵀ, F), 27 / 321 as mm(Fᵀ, X). Of an inductor step of the network:
2.5 / 7.2 alone with cpp_wrapper and 2.8 / 7.4 without, against 4.0 / 8.9 for the three
calls, but the copies into and out of its blocks take that back. Two threads were far
slower in every variant (analytic 294 / 1030, autograd 2233 / 5062 CPU-milliseconds): with
both cores in use by others, threads of OpenMP mostly wait for each other; on idle cores
they were not measured. Denormals are flushed; all is float32, matrices by MKL.
"""

import argparse
import json
import math
import pathlib
import resource
import time

import numpy as np
import torch

LEAK, BATCH, RATE, DECAY, CLIP, WARM_UP, FINAL, MAX_LOG_RATE = 0.1, 25, 0.03, 1e-4, 1.0, 3, 0.02, 2.0
LOG2E = math.log2(math.e)


class Problem:
    """The trials, the offsets that are not trained, and where a fit starts."""

    def __init__(self, folder, seed):
        def read(name):
            return np.load(folder / f"{name}.npz")

        trials, steps = read("trials"), read("steps")
        self.first, self.length = trials["first_step"], trials["steps"]
        self.training, self.test = np.flatnonzero(trials["test"] == 0), np.flatnonzero(trials["test"])
        self.counts = steps["counts"]
        self.neurons, self.longest = self.counts.shape[1], int(self.length.max())
        u = steps["inputs"]
        self.v = np.empty_like(u)
        for first, n in zip(self.first, self.length):
            row = np.zeros(u.shape[1])
            for t in range(first, first + n):
                row = (1 - LEAK) * row + u[t]
                self.v[t] = row
        self.psth = read("psth")["offset"]
        self.drift = read("drift")["offset"] if (folder / "drift.npz").exists() else None
        start = read(f"network-{seed}")
        self.start = {name: start[name] for name in ("m", "n", "B", "b", "g", "c")}
        self.start["k0"] = read(f"initial_state-{seed}")["kappa"][0]
        self.mean = start["mean_count"]
        self.order = read(f"order-{seed}")["trial"]

    def where(self, k):
        return slice(self.first[k], self.first[k] + self.length[k])


class Schedule:
    """The learning rate of each step."""

    def __init__(self, epochs, batches):
        self.warm_up, self.total, self.step = WARM_UP * batches, epochs * batches, 0

    def next(self):
        rise = min(1.0, (self.step + 1) / self.warm_up)
        cosine = FINAL + (1 - FINAL) * 0.5 * (1 + math.cos(math.pi * self.step / self.total))
        self.step += 1
        return RATE * rise * cosine


class Autograd:
    """What one writes with PyTorch: padded batches and autograd. Time is unbound, not
    sliced, the drive and the observations are batched over time, Adam is fused."""

    def __init__(self, p, epochs):
        self.p = p
        self.par = {name: torch.nn.Parameter(torch.tensor(x, dtype=torch.float32)) for name, x in p.start.items()}
        self.adam = torch.optim.Adam(self.par.values(), fused=True)
        self.schedule = Schedule(epochs, -(-p.order.shape[1] // BATCH))
        trials, longest = len(p.first), p.longest
        self.y = torch.zeros(trials, longest, p.neurons)
        self.v = torch.zeros(trials, longest, p.v.shape[1])
        self.mask = torch.zeros(trials, longest, 1)
        for k in range(trials):
            n = p.length[k]
            self.y[k, :n] = torch.from_numpy(p.counts[p.where(k)])
            self.v[k, :n] = torch.from_numpy(p.v[p.where(k)])
            self.mask[k, :n] = 1
        self.psth = torch.tensor(p.psth, dtype=torch.float32)
        self.drift = None if p.drift is None else torch.tensor(p.drift, dtype=torch.float32)[:, None]
        self.steps = torch.from_numpy(p.length)

    def loss(self, which):
        """The batch's mean loss per step."""
        q, longest = self.par, int(self.steps[which].max())
        v = self.v[which, :longest]
        drive = v @ q["B"].T
        m, n = q["m"].T, q["n"] * (LEAK / self.p.neurons)
        kappa = q["k0"].expand(len(which), -1)
        states = [kappa]
        for x in (drive + q["b"]).transpose(0, 1).unbind(0)[:-1]:
            kappa = torch.addmm(kappa, torch.tanh(torch.addmm(x, kappa, m)), n, beta=1 - LEAK)
            states.append(kappa)
        z = q["c"] + q["g"] * (drive + torch.stack(states, 1) @ m) + self.psth[:longest]
        if self.drift is not None:
            z = z + self.drift[which]
        z = z.clamp(max=MAX_LOG_RATE)
        return ((torch.exp(z) - self.y[which, :longest] * z) * self.mask[which, :longest]).sum() / self.steps[which].sum()

    def epoch(self, order):
        q, losses = self.par, 0.0
        for lo in range(0, len(order), BATCH):
            which = torch.from_numpy(order[lo:lo + BATCH])
            loss = self.loss(which)
            g = q["g"][:, None]
            penalty = ((q["m"] * g) ** 2).sum() + ((q["B"] * g) ** 2).sum() + (q["n"] ** 2).sum() / self.p.neurons
            self.adam.zero_grad(set_to_none=True)
            (loss + DECAY * penalty).backward()
            torch.nn.utils.clip_grad_norm_(q.values(), CLIP)
            self.adam.param_groups[0]["lr"] = self.schedule.next()
            self.adam.step()
            losses += float(loss.detach()) * float(self.steps[which].sum())
        return losses / float(self.steps[torch.from_numpy(order)].sum())

    def result(self):
        return {name: x.detach().numpy() for name, x in self.par.items()}


class Analytic:
    """The gradient by hand, so that only κ and its adjoint are sequential, in three
    small calls a step and one; all else is a few large products over all steps.

    With F = (κ, v, 1) of all steps, W = (m, B, b) and s the logistic function,
    tanh(x) = 2 s(2x) − 1 and exp(z) = 2^(z log₂e): both are several times faster than
    torch.tanh and torch.exp. With A_t the derivative of the loss by κ_t, e = λ − y,
    h the tanh and a the leak, J_t = (a/N) Σ_i (1 − h²_ti) n_i m_iᵀ,

        A_t = A_{t+1} ((1−a) I + J_t) + Σ_i g_i m_i e_ti

    and every gradient is a product of eᵀ, (1 − h²)ᵀ or hᵀ with narrow arrays.
    """

    def __init__(self, p, epochs):
        torch.set_grad_enabled(False)
        self.p = p
        n, (rank, channels) = p.neurons, (p.start["m"].shape[1], p.v.shape[1])
        self.rank, self.channels, self.width = rank, channels, rank + channels + 1
        self.schedule = Schedule(epochs, -(-p.order.shape[1] // BATCH))
        # Parameters as one vector, neurons along the rows: m, B, b, n, g, c, then κ_0.
        rows = [p.start["m"].T, p.start["B"].T, p.start["b"][None], p.start["n"].T, p.start["g"][None], p.start["c"][None]]
        self.flat = torch.tensor(np.concatenate([np.concatenate(rows).ravel(), p.start["k0"]]), dtype=torch.float32)
        self.grad, self.mean, self.square, self.work = (torch.zeros_like(self.flat) for _ in range(4))
        self.x, self.k0 = self.views(self.flat)
        self.gx, self.gk0 = self.views(self.grad)
        self.updates = 0

        # What does not change, a row a step.
        self.y = torch.from_numpy(p.counts).float()
        self.static = torch.ones(len(p.v), self.width)
        self.static[:, rank:-1] = torch.from_numpy(p.v)
        self.psth = torch.tensor(p.psth * LOG2E, dtype=torch.float32)
        self.offset = None
        if p.drift is not None:
            self.offset = torch.empty(len(p.v), n)
            for k in range(len(p.first)):
                self.offset[p.where(k)] = torch.from_numpy((p.psth[:p.length[k]] + p.drift[k]) * LOG2E).float()

        # The sequential part: blocks of a step by trials of a batch, and views of
        # them made once. A row is (s, κ, v, 1).
        longest = p.longest
        self.g = torch.zeros(longest + 1, BATCH, n + self.width)
        self.a = torch.zeros(longest + 1, BATCH, rank)
        self.q = torch.zeros(longest, BATCH, rank, rank)
        s, f, k = self.g[..., :n], self.g[..., n:], self.g[..., n:n + rank]
        self.s, self.f = s, f
        self.forward = [(f[t], s[t], self.g[t], k[t + 1]) for t in range(longest)]
        self.backward = [(self.a[t].view(BATCH, 1, rank), self.a[t + 1].view(BATCH, 1, rank), self.q[t]) for t in range(longest)]
        self.drive = torch.zeros(self.width, n)
        self.eye = torch.eye(rank) * (1 - LEAK)
        self.back = torch.zeros(rank, n + self.width).T  # column-major is twice as fast
        self.s2 = torch.empty(longest * BATCH, n)
        self.z = torch.empty(longest * BATCH, n)
        self.yb = torch.empty(longest * BATCH, n)

    def views(self, flat):
        n, r, c = self.p.neurons, self.rank, self.channels
        x = flat[:n * (2 * r + c + 3)].view(-1, n)
        names = {"w": x[:self.width], "m": x[:r], "B": x[r:r + c], "b": x[r + c], "n": x[self.width:self.width + r],
                 "g": x[-2], "c": x[-1], "read": x[:r + c]}
        return names, flat[x.numel():]

    def epoch(self, order):
        losses, steps = 0.0, 0
        for lo in range(0, len(order), BATCH):
            loss, n = self.step(order[lo:lo + BATCH])
            losses += loss
            steps += n
        return losses / steps

    def step(self, which):
        p, rank, n = self.p, self.rank, self.p.neurons
        x, gx, width = self.x, self.gx, self.width
        length = p.length[which]
        T, steps, trials = int(length.max()), int(length.sum()), len(which)
        clock = np.arange(T)[:, None]
        valid = clock < length
        at = p.first[which] + np.minimum(clock, length - 1)
        rows = torch.from_numpy(at[valid])
        full = steps == T * BATCH
        if trials < BATCH:  # idle places run along with the first trial
            at = np.concatenate([at, np.repeat(at[:, :1], BATCH - trials, 1)], 1)
            valid = np.concatenate([valid, np.zeros((T, BATCH - trials), bool)], 1)

        # κ forwards, then the observations of the steps that are.
        f = self.f[:T]
        f.copy_(self.static.index_select(0, torch.from_numpy(at.ravel())).view(T, BATCH, width))
        f[0, :, :rank] = self.k0
        scale = LEAK / n
        s = self.run(T, scale)
        flat = f.reshape(T * BATCH, width)
        place = None if full else torch.from_numpy(np.flatnonzero(valid.ravel()))
        fv = flat if full else flat.index_select(0, place)
        read = x["read"] * x["g"]
        observe = torch.cat([read, x["c"][None]]) * LOG2E
        clocks = None if self.offset is not None else torch.from_numpy(np.nonzero(valid)[0])
        e, loss = self.errors(fv, observe, rows, clocks)
        ef = torch.mm(fv.T, e)  # width x n

        # κ backwards.
        s2 = self.s2[:(T - 1) * BATCH]
        torch.addcmul(s, s, s, value=-1, out=s2.view(T - 1, BATCH, n))  # (1 − h²)/4
        pair = (x["n"][:, None] * x["m"][None] * (4 * scale)).view(rank * rank, n)
        q = self.q[:T - 1]
        torch.mm(s2, pair.T, out=q.view(-1, rank * rank))
        q.diagonal(dim1=-2, dim2=-1).add_(1 - LEAK)
        a = self.a[:T].view(T * BATCH, rank)
        by = torch.mm(e, read[:rank].T)
        if full:
            a.copy_(by)
        else:
            a.zero_()
            a.index_copy_(0, place, by)
        for now, then, qt in reversed(self.backward[:T - 1]):
            now.baddbmm_(then, qt)

        # Gradients.
        after = self.a[1:T].reshape(-1, rank)
        fs = flat[:(T - 1) * BATCH].T.contiguous()  # contiguous rows multiply faster
        outer = (after.T.contiguous()[:, None] * fs).view(rank * width, -1)
        df = (torch.mm(outer, s2).view(rank, width, n) * x["n"][:, None]).sum(0).mul_(4 * scale)
        torch.mul(ef, x["g"], out=gx["w"])
        gx["b"].zero_()
        gx["w"].add_(df)
        torch.mm(after.T, s.reshape(-1, n), out=gx["n"])
        gx["n"].mul_(2).sub_(after.sum(0)[:, None]).mul_(scale)
        torch.sum(ef[:-1] * x["read"], 0, out=gx["g"])
        gx["c"].copy_(ef[-1])
        torch.sum(self.a[0], 0, out=self.gk0)
        self.grad.mul_(1 / steps)
        gx["read"].addcmul_(read, x["g"], value=2 * DECAY)
        gx["g"].add_((read * x["read"]).sum(0), alpha=2 * DECAY)
        gx["n"].add_(x["n"], alpha=2 * DECAY / n)
        self.descend()
        return loss, steps

    def run(self, T, scale):
        """Fills κ of the first T steps from the first one's, and returns s."""
        x, n, rank = self.x, self.p.neurons, self.rank
        torch.mul(x["w"], 2, out=self.drive)
        self.back[:n] = x["n"].T
        self.back[:n].mul_(2 * scale)
        self.back[n:n + rank] = self.eye
        self.back[-1] = -scale * x["n"].sum(1)
        drive, back, mm, sigmoid = self.drive, self.back, torch.mm, torch.sigmoid_
        for fin, sin, gin, kout in self.forward[:T - 1]:
            mm(fin, drive, out=sin)
            sigmoid(sin)
            mm(gin, back, out=kout)
        return self.s[:T - 1]

    def errors(self, f, w, rows, clocks):
        """The derivative of the loss by the log-rates, and the loss. clocks are the times
        of the rows, where the offset depends on nothing else."""
        steps, n = len(rows), self.p.neurons
        z, y = self.z[:steps], self.yb[:steps]
        torch.index_select(self.y, 0, rows, out=y)
        if clocks is None:
            torch.index_select(self.offset, 0, rows, out=z)
            z.addmm_(f, w)
        elif steps % BATCH == 0 and steps == len(self.psth) * BATCH:  # a batch of whole trials
            torch.mm(f, w, out=z)
            z.view(-1, BATCH, n).add_(self.psth[:, None])
        else:
            torch.index_select(self.psth, 0, clocks, out=z)
            z.addmm_(f, w)
        over = None
        if float(z.max()) >= MAX_LOG_RATE * LOG2E:
            over = z >= MAX_LOG_RATE * LOG2E
            z.clamp_(max=MAX_LOG_RATE * LOG2E)
        cross = torch.dot(z.view(-1), y.view(-1)) / LOG2E
        e = torch.exp2(z, out=z)
        loss = float(e.sum() - cross)
        e.sub_(y)
        if over is not None:
            e.masked_fill_(over, 0)
        return e, loss

    def descend(self):
        """Adam on the clipped gradient."""
        g, rate = self.grad, self.schedule.next()
        norm = float(g.norm())
        if norm > CLIP:
            g.mul_(CLIP / norm)
        self.updates += 1
        self.mean.lerp_(g, 0.1)
        self.square.mul_(0.999).addcmul_(g, g, value=0.001)
        torch.sqrt(self.square, out=self.work)
        root = math.sqrt(1 - 0.999 ** self.updates)
        self.work.add_(1e-8 * root)
        self.flat.addcdiv_(self.mean, self.work, value=-rate * root / (1 - 0.9 ** self.updates))

    def result(self):
        x = {name: self.x[name].numpy() for name in ("m", "n", "B", "b", "g", "c")}
        return {name: v.T for name, v in x.items()} | {"k0": self.k0.numpy()}


class Compiled(Analytic):
    """Analytic with the pass over the observations compiled by inductor: one loop, which
    reads counts as the bytes that they are."""

    def __init__(self, p, epochs):
        super().__init__(p, epochs)
        import torch._inductor.config as inductor
        inductor.cpp.threads = torch.get_num_threads()
        self.y = self.yb = self.z = None
        self.counts = torch.from_numpy(p.counts)
        limit = MAX_LOG_RATE * LOG2E

        def errors(f, w, offset, counts, rows, which):
            y = counts.index_select(0, rows).float()
            z = offset.index_select(0, which) + w[-1]
            for k in range(self.width - 1):
                z = z + f[:, k:k + 1] * w[k]
            low = z.clamp(max=limit)
            rate = torch.exp2(low)
            return torch.where(z < limit, rate - y, 0.0), (rate - low * y * (1 / LOG2E)).sum()

        self.compiled = torch.compile(errors, dynamic=True)

    def errors(self, f, w, rows, clocks):
        offset, which = (self.offset, rows) if clocks is None else (self.psth, clocks)
        e, loss = self.compiled(f, w, offset, self.counts, rows, which)
        return e, float(loss)


VARIANTS = {"autograd": Autograd, "analytic": Analytic, "compiled": Compiled}


def score(p, q, which):
    """Loss per step of trials, and their bits per spike above the training mean, in numpy's double precision."""
    q = {name: np.asarray(x, float) for name, x in q.items()}
    kappa, m, n = np.tile(q["k0"], (len(which), 1)), q["m"], q["n"] * (LEAK / p.neurons)
    longest = p.length[which].max()
    loss = gain = spikes = 0.0
    for t in range(longest):
        alive = p.length[which] > t
        at = p.first[which] + np.minimum(t, p.length[which] - 1)
        x = kappa @ m.T + p.v[at] @ q["B"].T
        z = q["c"] + q["g"] * x + p.psth[min(t, len(p.psth) - 1)]
        if p.drift is not None:
            z = z + p.drift[which]
        z, y = np.minimum(z[alive], MAX_LOG_RATE), p.counts[at[alive]].astype(float)
        rate = np.exp(z)
        loss += (rate - y * z).sum()
        gain += (y * (z - np.log(p.mean)) - rate + p.mean).sum()
        spikes += y.sum()
        kappa = (1 - LEAK) * kappa + np.tanh(x + q["b"]) @ n
    return loss / p.length[which].sum(), gain / spikes / math.log(2)


def resident(figure):
    """Megabytes of resident memory: VmRSS now, VmHWM at its peak."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(figure + ":"):
            return float(line.split()[1]) / 1024
    raise RuntimeError(f"no {figure} in /proc/self/status")


def cpu():
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def main():
    args = argparse.ArgumentParser()
    args.add_argument("folder", type=pathlib.Path)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--variant", choices=VARIANTS, default="analytic")
    args.add_argument("--threads", type=int, default=1)
    args = args.parse_args()
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    p = Problem(args.folder, args.seed)
    base = resident("VmRSS")
    fit = VARIANTS[args.variant](p, len(p.order))
    cpus, walls = [], []
    for order in p.order:
        c, w = cpu(), time.perf_counter()
        fit.epoch(order)
        cpus.append(cpu() - c)
        walls.append(time.perf_counter() - w)
    peak = resident("VmHWM")
    q = fit.result()
    print(json.dumps({
        "tool": f"torch {torch.__version__}", "cpu": cpus, "wall": walls, "loss": score(p, q, p.training)[0],
        "bits": score(p, q, p.test)[1], "base_mb": base, "peak_mb": peak,
    }))


if __name__ == "__main__":
    main()
