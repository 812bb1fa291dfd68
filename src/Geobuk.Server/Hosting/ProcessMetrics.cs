using System.Diagnostics;
using System.Globalization;

namespace Geobuk.Server.Hosting;

/// <summary>The server's own process under the names that Prometheus' clients give every process.</summary>
internal static class ProcessMetrics
{
    /// <summary>Writes everything; open files only where the system tells them.</summary>
    public static void Render(MetricsText text)
    {
        using var process = Process.GetCurrentProcess();
        text.Gauge("process_start_time_seconds", "Seconds since 1970 when the server started.", (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds);
        text.Counter("process_cpu_seconds_total", "Seconds of all cores.", process.TotalProcessorTime.TotalSeconds);
        text.Gauge("process_resident_memory_bytes", "Memory that it holds.", process.WorkingSet64);
        text.Gauge("process_virtual_memory_bytes", "Addresses that it reserved.", process.VirtualMemorySize64);
        if (!OperatingSystem.IsLinux()) return;
        text.Gauge("process_open_fds", "Open files and connections.", Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
        var limit = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        if (double.TryParse(limit, CultureInfo.InvariantCulture, out var most)) text.Gauge("process_max_fds", "Files and connections that it may open.", most);
    }
}
