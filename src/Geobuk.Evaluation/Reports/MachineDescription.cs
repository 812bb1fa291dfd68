using System.Runtime.InteropServices;

namespace Geobuk.Evaluation.Reports;

/// <summary>Facts of this machine that speeds depend on. No host name and no user: reports travel.</summary>
internal static class MachineDescription
{
    public static IReadOnlyDictionary<string, string> Here() => new Dictionary<string, string>
    {
        ["processor"] = Processor(),
        ["cores"] = Environment.ProcessorCount.ToString(),
        ["memory"] = NumberText.Bytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
        ["os"] = RuntimeInformation.OSDescription,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
    };

    private static string Processor()
    {
        const string source = "/proc/cpuinfo";
        if (!File.Exists(source)) return RuntimeInformation.ProcessArchitecture.ToString();
        var line = File.ReadLines(source).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
