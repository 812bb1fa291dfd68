using System.Diagnostics;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>What runs on this machine for the jobs of a service, in pods too, where a process has another number than it knows of.</summary>
internal static class JobProcesses
{
    /// <summary>Whether any of it runs.</summary>
    public static bool Any(string folder) => Process.GetProcesses().Any(process => IsOf(process.Id, folder));

    /// <summary>Kills all of it at once, as a node that dies does: no exit code is left.</summary>
    public static void Kill(string folder)
    {
        foreach (var process in Process.GetProcesses().Where(process => IsOf(process.Id, folder))) process.Kill();
    }

    private static bool IsOf(int process, string folder)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/environ").Contains($"GEOBUK_LOG={folder}/", StringComparison.Ordinal);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
