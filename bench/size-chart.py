#!/usr/bin/env python3
"""Size against mean KL divergence as an SVG, out of the folder that bench/size-against-divergence.sh filled.

    bench/size-chart.py FOLDER PICTURE.svg
"""
import json
import math
import pathlib
import sys

SERIES = [("", "llama.cpp's presets", "#8a8f98"), ("-joint", "+ joint search", "#c08a2e"),
          ("-feedback", "+ error feedback", "#2e7d8a"), ("-budget", "bit budget, joint search, error feedback", "#b5302f"), ("-tuned", "+ factors tuned", "#5a2a82")]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 470, 74, 62, 44, 56


def points(folder, suffix):
    found = []
    for preset in ["q2_k", "q3_k_m", "q4_k_m", "q5_k_m", "q6_k"]:
        made, measured = folder / f"{preset}{suffix}.json", folder / f"{preset}{suffix}.kld.json"
        if made.exists() and measured.exists():
            found.append((preset.upper(), json.loads(made.read_text())["bytes"] / 1e6, json.loads(measured.read_text())["kld"]["mean"]))
    return found


def main():
    folder, picture = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    series = [(name, colour, points(folder, suffix)) for suffix, name, colour in SERIES]
    sizes = [size for _, _, found in series for _, size, _ in found]
    divergences = [value for _, _, found in series for _, _, value in found]
    if not sizes:
        sys.exit(f"{folder}: no figures; expected those of bench/size-against-divergence.sh. Run it first.")
    low, high = min(sizes) * 0.97, max(sizes) * 1.03
    bottom, top = math.floor(math.log10(min(divergences))), math.ceil(math.log10(max(divergences)))
    x = lambda size: LEFT + (size - low) / (high - low) * (WIDTH - LEFT - RIGHT)
    y = lambda value: TOP + (top - math.log10(value)) / (top - bottom) * (HEIGHT - TOP - BOTTOM)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           f'<text x="{LEFT}" y="22" font-size="15">File size and mean KL divergence from the original (lower is better)</text>']
    for exponent in range(bottom, top + 1):
        for digit in range(1, 10):
            if (value := digit * 10 ** exponent) > 10 ** top * 1.0001:
                break
            strong = digit == 1
            out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="{"#ccc" if strong else "#eee"}"/>')
            if strong:
                out.append(f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    step = 0.5 if high - low < 6 else 1
    tick = math.ceil(low / step) * step
    while tick <= high:
        out.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#eee"/>')
        out.append(f'<text x="{x(tick):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick:g}</text>')
        tick += step
    out.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 14}" text-anchor="end">MB</text>')
    for row, (name, colour, found) in enumerate(series):
        if not found:
            continue
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{x(size):.1f},{y(value):.1f}" for _, size, value in found)}"/>')
        for label, size, value in found:
            out.append(f'<circle cx="{x(size):.1f}" cy="{y(value):.1f}" r="4" fill="{colour}"><title>{name}, {label}: {size:.2f} MB, {value:.5f}</title></circle>')
            if row == 0:
                out.append(f'<text x="{x(size) + 7:.1f}" y="{y(value) - 7:.1f}" fill="{colour}">{label}</text>')
        out.append(f'<rect x="{WIDTH - 330}" y="{TOP + 8 + 20 * row}" width="12" height="12" fill="{colour}"/>')
        out.append(f'<text x="{WIDTH - 312}" y="{TOP + 19 + 20 * row}">{name}</text>')
    out.append("</svg>")
    picture.write_text("\n".join(out) + "\n")
    print(picture)


main()
