#!/usr/bin/env python3
"""Trains the flow of maxent_flow with PyTorch on the same law, and prints what it took.

usage: peer.py FOLDER [--seed N] [--steps N] [--variant NAME]

FOLDER is a problem that `bench/flow` wrote: the law in closed form. Needs torch and
numpy, nothing else. Prints one line of JSON: CPU-seconds of the training (all threads)
from the 25th step on, per step, and the flow's relative entropy from the law.

Variants: analytic is the fastest way found to write the training that reprise does; the
gradient by hand into one vector, the draws of 25 steps at once, Adam fused over one
vector. compiled is the same with the network's way there and back compiled by inductor.
autograd is the same training as one writes it. plain is the training of the prototype
(times uniform, x_1 - x_0 as the target, rate 2e-3) in the analytic way.
"""

import argparse
import json
import math
import pathlib
import resource

import numpy as np
import torch

LAYERS, BATCH, WIDTH, POOL, TOLD = 3, 512, 64, 50000, 25
WARM_UP, KEEP = 100, 0.995


class Law:
    """log density and draws of p*(w, n) = q0(w) exp(s^2 |g(w)|^2 / 2) / Z N(n; s^2 g(w), s^2)."""

    def __init__(self, folder):
        read = lambda name: np.load(folder / f"{name}.npz")  # noqa: E731
        law, targets, coordinates, samples = read("law"), read("targets"), read("coordinates"), read("samples")
        fitted = targets["held_out"] == 0
        self.lam = targets["lambda"][fitted]
        self.r = self.lam.shape[1]
        states = [targets["kappa"][fitted]] + ([targets["v"][fitted]] if "v" in targets else [])
        self.z = np.concatenate(states + [np.ones((fitted.sum(), 1))], 1)
        self.base, self.mean, self.sd = coordinates["base"], coordinates["mean"], coordinates["sd"]
        self.width = len(self.base) - self.r
        self.s = self.base[-1]
        self.w, self.weight = self.points(law), law["weight"]
        self.log_z = 0.0
        w, n = self.points(samples), samples["n"]
        self.log_z = float(np.mean(self.log_density(w, n) - samples["log_density_law"]))

    def points(self, table):
        return np.concatenate([table[k].reshape(len(table["b"]), -1) for k in ("m", "B", "b") if k in table], 1)

    def g(self, w):
        return np.tanh(w @ self.z.T) @ self.lam

    def log_density(self, w, n):
        def normal(x, sd):
            return -0.5 * ((x / sd) ** 2).sum(1) - np.log(sd).sum() - 0.5 * x.shape[1] * math.log(2 * math.pi)
        return normal(w, self.base[:self.width]) + normal(n, self.base[self.width:]) + (self.g(w) * n).sum(1) - self.log_z

    def draw(self, count, rng):
        """Draws of w and the means of n there: nodes by their weights, moved by Metropolis steps."""
        def log_w(w):
            g = self.g(w)
            return -0.5 * ((w / self.base[:self.width]) ** 2).sum(1) + 0.5 * self.s ** 2 * (g ** 2).sum(1), g
        w = self.w[rng.choice(len(self.w), count, p=self.weight / self.weight.sum())]
        size = 0.5 * self.sd[:self.width]
        now, g = log_w(w)
        for _ in range(60):
            to = w + size * rng.standard_normal(w.shape)
            then, g_to = log_w(to)
            moves = np.log(rng.random(count)) < then - now
            w[moves], now[moves], g[moves] = to[moves], then[moves], g_to[moves]
        return np.concatenate([w, self.s ** 2 * g], 1)


class Draws:
    """Points, times' features and targets, 25 steps' worth at once."""

    def __init__(self, law, pool, plain):
        self.pool = torch.tensor((pool - law.mean) / law.sd, dtype=torch.float32)
        variance = np.zeros(len(law.sd))
        variance[law.width:] = (law.s / law.sd[law.width:]) ** 2
        self.variance = torch.tensor(variance, dtype=torch.float32)
        self.stratum = torch.arange(BATCH, dtype=torch.float32).repeat(TOLD)[:, None]
        self.plain = plain
        self.left = []

    def next(self):
        if not self.left:
            n = TOLD * BATCH
            x1 = self.pool.index_select(0, torch.randint(len(self.pool), (n,)))
            z = torch.randn_like(x1)
            if self.plain:
                t = torch.rand(n, 1)
                x1 = x1 + self.variance.sqrt() * torch.randn_like(x1)
                x, target = torch.lerp(z, x1, t), x1 - z
            else:
                t = ((self.stratum + torch.rand(n, 1)) / BATCH).clamp_(max=0.9999999).sqrt_()
                rest = 1 - t
                # A coordinate of w has no variance of its own: c = 1 - t, and its target is x_1 - x_0.
                c = (rest * rest + t * t * self.variance).sqrt_()
                x = t * x1 + c * z
                target = x1 + (t * self.variance - rest) / c * z - slope(t) * x
            self.left = list(zip(torch.cat([x, features(t)], 1).split(BATCH), target.split(BATCH)))
        return self.left.pop()


def features(t):
    a = t * (math.pi * torch.tensor([1.0, 2.0, 3.0]))
    return torch.cat([t, torch.sin(a), torch.cos(a)], 1)


def slope(t):
    return (2 * t - 1) / ((1 - t) ** 2 + t * t)


class Network:
    """Parameters, and their gradient, as views of one vector each."""

    def __init__(self, d):
        sizes = [d + 7] + LAYERS * [WIDTH] + [d]
        shapes = [s for i, o in zip(sizes, sizes[1:]) for s in ((i, o), (o,))]
        self.flat = torch.zeros(sum(math.prod(s) for s in shapes))
        self.grad = torch.zeros_like(self.flat)
        split = lambda x: [p.view(s) for p, s in zip(x.split([math.prod(s) for s in shapes]), shapes)]  # noqa: E731
        self.par, self.out, self.split = split(self.flat), split(self.grad), split
        for i in range(0, len(self.par), 2):
            for p in self.par[i:i + 2]:
                p.uniform_(-1, 1).mul_(sizes[i // 2] ** -0.5)

    def analytic(self, x, target):
        """Sets grad for a batch of points; the loss is not needed for that."""
        p, out = self.par, self.out
        into, slopes = [x], []
        for i in range(LAYERS):
            z = torch.addmm(p[2 * i + 1], into[-1], p[2 * i])
            s = torch.sigmoid(z)
            h = z.mul_(s)
            into.append(h)
            slopes.append(torch.addcmul(s + h, h, s, value=-1))
        delta = torch.addmm(p[-1], into[-1], p[-2]).sub_(target).mul_(2 / BATCH)
        for i in range(LAYERS, -1, -1):
            torch.mm(into[i].T, delta, out=out[2 * i])
            torch.sum(delta, 0, out=out[2 * i + 1])
            if i:
                delta = torch.mm(delta, p[2 * i].T).mul_(slopes[i - 1])


def gradient(x, target, *p):
    """What analytic does, for the compiler."""
    into, slopes, out = [x], [], []
    for i in range(LAYERS):
        z = torch.addmm(p[2 * i + 1], into[-1], p[2 * i])
        s = torch.sigmoid(z)
        h = z * s
        into.append(h)
        slopes.append(s + h * (1 - s))
    delta = (torch.addmm(p[-1], into[-1], p[-2]) - target) * (2 / BATCH)
    for i in range(LAYERS, -1, -1):
        out = [(into[i].T @ delta).flatten(), delta.sum(0)] + out
        if i:
            delta = (delta @ p[2 * i].T) * slopes[i - 1]
    return torch.cat(out)


def velocity(par, x, t, plain):
    """v and its divergence, by a tangent for each coordinate."""
    d = x.shape[1]
    into, slopes = torch.cat([x, features(torch.full((len(x), 1), t))], 1), []
    for i in range(LAYERS):
        z = torch.addmm(par[2 * i + 1], into, par[2 * i])
        s = torch.sigmoid(z)
        into = z * s
        slopes.append(s + into * (1 - s))
    v, div = torch.addmm(par[-1], into, par[-2]), 0.0
    for j in range(d):
        tangent = slopes[0] * par[0][j]
        for i in range(1, LAYERS):
            tangent = (tangent @ par[2 * i]) * slopes[i]
        div = div + tangent @ par[-2][:, j]
    a = 0.0 if plain else float(slope(torch.tensor(t, dtype=torch.float64)))
    return v + a * x, div + a * d


@torch.no_grad()
def divergence_from(law, par, plain, count=8000, steps=20):
    """Relative entropy of the flow from the law, and its standard error."""
    d = len(law.sd)
    x = torch.randn(count, d)
    log_p = (-0.5 * x.double() ** 2).sum(1) - 0.5 * d * math.log(2 * math.pi)
    h = 1 / steps
    for i in range(steps):
        t = i * h
        a, da = velocity(par, x, t, plain)
        b, db = velocity(par, x + h / 2 * a, t + h / 2, plain)
        c, dc = velocity(par, x + h / 2 * b, t + h / 2, plain)
        e, de = velocity(par, x + h * c, t + h, plain)
        x = x + h / 6 * (a + 2 * b + 2 * c + e)
        log_p -= h / 6 * (da + 2 * db + 2 * dc + de).double()
    x = x.double().numpy() * law.sd + law.mean
    ratio = log_p.numpy() - np.log(law.sd).sum() - law.log_density(x[:, :law.width], x[:, law.width:])
    return float(ratio.mean()), float(ratio.std() / math.sqrt(count))


def cpu():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime


def main():
    args = argparse.ArgumentParser()
    args.add_argument("folder", type=pathlib.Path)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--steps", type=int, default=2000)
    args.add_argument("--variant", default="analytic")
    args = args.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(args.seed)
    plain = args.variant == "plain"
    law = Law(args.folder)
    kept = args.folder / "pool.npy"  # for the next run
    if not kept.exists():
        np.save(kept, law.draw(POOL, np.random.default_rng(1)))
    draws, net = Draws(law, np.load(kept), plain), Network(len(law.sd))
    average = net.flat.clone()
    if args.variant == "autograd":
        net.par = [torch.nn.Parameter(p.clone()) for p in net.par]
        adam = torch.optim.Adam(net.par, fused=True)
        averages = [p.detach().clone() for p in net.par]
    else:
        vector = torch.nn.Parameter(net.flat)
        vector.grad = net.grad
        adam = torch.optim.Adam([vector], fused=True)
    compiled = None
    if args.variant == "compiled":
        compiled = torch.compile(gradient)
        compiled(*draws.next(), *net.par)
    rate = 2e-3 if plain else 2e-2
    for step in range(args.steps):
        if step == TOLD:
            began = cpu()
        x, target = draws.next()
        if args.variant == "autograd":
            h, p = x, net.par
            for i in range(LAYERS):
                h = torch.nn.functional.silu(torch.addmm(p[2 * i + 1], h, p[2 * i]))
            loss = ((torch.addmm(p[-1], h, p[-2]) - target) ** 2).sum(1).mean()
            adam.zero_grad(set_to_none=True)
            loss.backward()
        else:
            with torch.no_grad():
                if compiled:
                    vector.grad = compiled(x, target, *net.par)
                else:
                    net.analytic(x, target)
        adam.param_groups[0]["lr"] = rate * min(1, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / args.steps))
        adam.step()
        keep = min(KEEP, (1 + step) / (10 + step))
        with torch.no_grad():
            if args.variant == "autograd":
                torch._foreach_lerp_(averages, net.par, 1 - keep)
            else:
                average.lerp_(net.flat, 1 - keep)
    took = (cpu() - began) / (args.steps - TOLD)
    kl, error = divergence_from(law, averages if args.variant == "autograd" else net.split(average), plain)
    print(json.dumps({"tool": f"torch {torch.__version__}", "cpu": took, "kl": kl, "se": error}))


if __name__ == "__main__":
    main()
