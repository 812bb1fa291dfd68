using System.Diagnostics;
using System.Text.RegularExpressions;
using Geobuk.Compute.Pools;
using Geobuk.Models;

namespace Geobuk.Compute.Engines;

/// <summary>The GPUs of this machine, as <c>nvidia-smi</c>, which comes with NVIDIA's driver, lists them.</summary>
public static partial class LocalGpus
{
    private const string Tool = "nvidia-smi", Mixed = "mixed";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A node of them; null where there are none. Where they are not all of one kind it is called mixed.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="problem">Why the driver does not tell, in a sentence; null where it does or there is none.</param>
    public static NodeConfig? Find(string name, out string? problem)
    {
        problem = null;
        try
        {
            var (code, output, errors) = Shell.Run(new ProcessStartInfo(Tool) { ArgumentList = { "--query-gpu=name", "--format=csv,noheader" } }, null, Patience, Tool, "expected a list of GPUs", "expected NVIDIA's driver");
            if (code != 0) problem = $"{Tool}: {(errors.Length > 0 ? errors : output.Trim())} (exit code {code})";
            var kinds = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(KindOf).ToList();
            return code != 0 || kinds.Count == 0 ? null : new NodeConfig { Name = name, Kind = kinds.Distinct().Count() == 1 ? kinds[0] : Mixed, Devices = kinds.Count };
        }
        catch (UserInputException)
        {
            return null;
        }
        catch (IOException fault)
        {
            problem = fault.Message;
            return null;
        }
    }

    /// <summary>What people call a product: h200 for NVIDIA H200, a100 for NVIDIA A100-SXM4-80GB, rtx4090 for NVIDIA GeForce RTX 4090.</summary>
    public static string KindOf(string product)
    {
        var words = product.Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries).Where(word => !Maker().IsMatch(word)).TakeWhile(word => !Form().IsMatch(word)).ToList();
        return words.Count == 0 ? Mixed : string.Concat(words).ToLowerInvariant();
    }

    [GeneratedRegex("^(NVIDIA|Tesla|GeForce|Quadro)$", RegexOptions.IgnoreCase)]
    private static partial Regex Maker();

    // Memory, socket and form follow the name.
    [GeneratedRegex("^([0-9]+GB|HBM.*|SXM.*|PCIE.*|NVL.*|Laptop|Generation|MIG)$", RegexOptions.IgnoreCase)]
    private static partial Regex Form();
}
