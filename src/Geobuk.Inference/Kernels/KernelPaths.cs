using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Geobuk.Models;

namespace Geobuk.Inference.Kernels;

/// <summary>Which instructions this machine has, and which are taken.</summary>
internal static class KernelPaths
{
    /// <summary>Names a path instead of the fastest: avx512, avxvnni, avx2, portable or scalar.</summary>
    public const string Variable = "GEOBUK_KERNELS";

    /// <summary>The paths that run here, fastest first.</summary>
    public static IReadOnlyList<KernelPath> Supported { get; } = [.. Enum.GetValues<KernelPath>().Where(IsSupported)];

    /// <summary>The path to take: as asked, else by the environment, else the fastest for most.</summary>
    /// <exception cref="UserInputException">The path is unknown, or this machine does not have it.</exception>
    public static KernelPath Choose(KernelPath? asked) => Asked(asked) ?? Supported[0];

    /// <summary>The path that is asked for, here or by the environment; null where none is.</summary>
    /// <exception cref="UserInputException">The path is unknown, or this machine does not have it.</exception>
    public static KernelPath? Asked(KernelPath? asked)
    {
        if (asked is { } path) return Checked(path, "kernels");
        var name = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(name)) return null;
        return Enum.TryParse<KernelPath>(name, ignoreCase: true, out var named) && Enum.IsDefined(named)
            ? Checked(named, Variable)
            : throw new UserInputException($"{Variable} is {name}; expected one of {Names(Enum.GetValues<KernelPath>())}. Correct or remove it.");
    }

    /// <summary>As shown to people.</summary>
    public static string Name(KernelPath path) => path switch
    {
        KernelPath.Avx512 => "avx512bw-i16 512-bit",
        KernelPath.AvxVnni => "avx-vnni 256-bit",
        KernelPath.Avx2 => "avx2-i16 256-bit",
        KernelPath.Portable => Dp.IsSupported ? "neon-dot 128-bit" : "portable 128-bit",
        _ => "scalar",
    };

    private static bool IsSupported(KernelPath path) => path switch
    {
        KernelPath.Avx512 => Avx512BW.IsSupported && Vector512.IsHardwareAccelerated,
        KernelPath.AvxVnni => AvxVnni.IsSupported && Fma.IsSupported,
        KernelPath.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };

    private static KernelPath Checked(KernelPath path, string place) => IsSupported(path)
        ? path
        : throw new UserInputException($"{place} is {path}; expected one of {Names(Supported)}, which this machine has. Leave it out to take the fastest.");

    private static string Names(IEnumerable<KernelPath> paths) => string.Join(", ", paths.Select(path => path.ToString().ToLowerInvariant()));
}
