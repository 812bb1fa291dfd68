using System.CommandLine;
using Geobuk.Inference.Kernels;

namespace Geobuk.Cli.Commands;

/// <summary><c>--kernels</c>: the instructions that compute.</summary>
internal static class KernelOption
{
    public static Option<string?> Create() => new Option<string?>("--kernels")
    {
        Description = "Instructions of the kernels; the fastest by default, or those that the variable GEOBUK_KERNELS names. All give the same bits.",
        HelpName = "NAME",
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Enum.GetValues<KernelPath>().Select(Name)]);

    public static KernelPath? Read(string? name) => name is null ? null : Enum.GetValues<KernelPath>().First(path => Name(path).Equals(name, StringComparison.OrdinalIgnoreCase));

    private static string Name(KernelPath path) => path.ToString().ToLowerInvariant();
}
