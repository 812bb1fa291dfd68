using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Geobuk.Cli.Runs;

/// <summary>The machine that made an artifact.</summary>
/// <param name="Os">Operating system.</param>
/// <param name="Cpu">Model name of the processor.</param>
/// <param name="Cores">Logical processors that the process may use.</param>
/// <param name="MemoryBytes">Memory that the process may use.</param>
/// <param name="Dotnet">Runtime.</param>
internal sealed record Machine(string Os, string Cpu, int Cores, long MemoryBytes, string Dotnet)
{
    /// <summary>This machine.</summary>
    public static Machine Current() => new(
        RuntimeInformation.OSDescription, ProcessorName(), Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, RuntimeInformation.FrameworkDescription);

    /// <summary>Version of Geobuk with the commit it was built from.</summary>
    public static string ToolVersion =>
        typeof(Machine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Largest resident memory of this process so far.</summary>
    public static long PeakResidentBytes()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }

    private static string ProcessorName()
    {
        const string file = "/proc/cpuinfo";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
