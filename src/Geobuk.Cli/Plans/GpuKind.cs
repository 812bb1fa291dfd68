using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Geobuk.Models;
using Geobuk.Recipes.Reading;

namespace Geobuk.Cli.Plans;

/// <summary>GPUs of one kind, as their maker describes them: dense bf16 rate without sparsity, memory, its bandwidth.</summary>
/// <param name="Name">What is typed.</param>
/// <param name="Count">How many.</param>
/// <param name="MemoryBytes">Of each.</param>
/// <param name="Flops">Of each, bf16 operations in a second.</param>
/// <param name="BytesPerSecond">Of each.</param>
internal sealed record GpuKind(string Name, int Count, double MemoryBytes, double Flops, double BytesPerSecond)
{
    /// <summary>The runtime's context, kernels and the allocator's gaps take the rest.</summary>
    public const double UsableShare = 0.9;

    private const int Most = 4096;

    private static readonly Dictionary<string, (double Gigabytes, double Teraflops, double TerabytesPerSecond)> s_kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["l4"] = (24, 121, 0.3), ["a10"] = (24, 125, 0.6), ["rtx4090"] = (24, 165, 1.01), ["rtx5090"] = (32, 210, 1.79),
        ["a40"] = (48, 150, 0.7), ["l40s"] = (48, 362, 0.86), ["a100-40"] = (40, 312, 1.56), ["a100"] = (80, 312, 2.04),
        ["h100"] = (80, 989, 3.35), ["h200"] = (141, 989, 4.8), ["b200"] = (180, 2250, 8), ["b300"] = (288, 2250, 8),
    };

    /// <summary>Memory of each that weights and activations may take.</summary>
    public double UsableBytes => MemoryBytes * UsableShare;

    /// <summary>How many of them so many workers use: one each, as long as there are enough.</summary>
    public int Used(int workers) => Math.Min(workers, Count);

    /// <summary>Whether its figures are known by its name alone.</summary>
    public static bool Knows([NotNullWhen(true)] string? name) => name is not null && s_kinds.ContainsKey(name);

    /// <summary>Reads h200, h200x8, or one that is not in the list as MEMORY:RATE:BANDWIDTH, such as 96GB:400TF:1.6TB/s x4.</summary>
    /// <exception cref="UserInputException">Neither of them: lists the kinds and suggests the nearest.</exception>
    public static GpuKind Parse(string text)
    {
        var word = text.Trim();
        var (name, count) = (word, 1);
        var times = word.LastIndexOf('x');
        // The x of rtx4090 is no sign of multiplication.
        if (!s_kinds.ContainsKey(word) && times > 0 && int.TryParse(word.AsSpan(times + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            (name, count) = (word[..times].Trim(), number);
        if (count is < 1 or > Most) throw new UserInputException($"--gpu: {count} of {name}; expected 1 to {Most}. Write h200x8 for eight H200.");
        if (s_kinds.TryGetValue(name, out var kind)) return new GpuKind(name.ToLowerInvariant(), count, kind.Gigabytes * 1e9, kind.Teraflops * 1e12, kind.TerabytesPerSecond * 1e12);
        if (name.Split(':') is [var memory, var rate, var bandwidth] && Number(memory, "GB") is { } gigabytes && Number(rate, "TF") is { } teraflops && Number(bandwidth, "TB/s") is { } speed)
            return new GpuKind(name, count, gigabytes * 1e9, teraflops * 1e12, speed * 1e12);
        var advice = NearestWord.Find(name.ToLowerInvariant(), s_kinds.Keys) is { } nearest ? $"Did you mean {nearest}?" : "Describe another one as 96GB:400TF:1.6TB/s.";
        throw new UserInputException($"--gpu: is {text}; expected one of {string.Join(", ", s_kinds.Keys)}, with xN for several. {advice}");
    }

    private static double? Number(string text, string unit) =>
        text.EndsWith(unit, StringComparison.OrdinalIgnoreCase) && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0 && number < 1e6
            ? number : null;
}
