using System.Diagnostics;
using Geobuk.Models;

namespace Geobuk.Training.DataParallel;

/// <summary>Open MPI of the system: its starter and its library, which must belong together.</summary>
/// <param name="Starter">Full path of mpirun.</param>
/// <param name="Library">What to load: a full path, or a name for the system's loader.</param>
public sealed record MpiInstallation(string Starter, string Library)
{
    /// <summary>Names the starter where it is in no usual place.</summary>
    public const string StarterVariable = "GEOBUK_MPIRUN";
    /// <summary>Open MPI has kept this name since version 2.1; MPICH's library has another and other handles.</summary>
    private const string LibraryName = "libmpi.so.40";

    private static readonly string[] s_usualFolders =
    [
        "/usr/bin", "/usr/local/bin", "/usr/lib64/openmpi/bin", "/usr/lib/x86_64-linux-gnu/openmpi/bin", "/usr/mpi/gcc/openmpi/bin", "/opt/openmpi/bin", "/opt/hpcx/ompi/bin",
    ];

    /// <summary>The installation of this machine; null without one.</summary>
    public static MpiInstallation? Find()
    {
        if (!OperatingSystem.IsLinux()) return null;
        return Environment.GetEnvironmentVariable(StarterVariable) is { Length: > 0 } given ? Of(given) : Candidates().Select(Of).FirstOrDefault(found => found is not null);
    }

    /// <summary>The installation of this machine.</summary>
    /// <exception cref="UserInputException">There is none.</exception>
    public static MpiInstallation Require(int workers) => Find() ?? throw new UserInputException(
        $"train.workers is {workers}, but {(Environment.GetEnvironmentVariable(StarterVariable) is { Length: > 0 } given ? $"{given} ({StarterVariable}) is not Open MPI's mpirun with its library" : "Open MPI was not found, neither in PATH nor in the usual folders")}; expected mpirun and {LibraryName}. Install it (Debian and Ubuntu: openmpi-bin and libopenmpi-dev; Red Hat: openmpi), name its mpirun in {StarterVariable}, or set train.workers to 1.");

    private static IEnumerable<string> Candidates() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(s_usualFolders).Distinct()
            .SelectMany(folder => new[] { Path.Combine(folder, "mpirun.openmpi"), Path.Combine(folder, "mpirun") }).Where(File.Exists);

    private static MpiInstallation? Of(string starter)
    {
        if (!File.Exists(starter) || !IsOpenMpi(starter)) return null;
        // The library beside the starter first: several versions may be installed, and only its own speaks with it.
        var real = File.ResolveLinkTarget(starter, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(starter);
        var prefix = Path.GetDirectoryName(Path.GetDirectoryName(real))!;
        var folders = new[] { "lib", "lib64", "lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu/openmpi/lib" };
        return new MpiInstallation(starter, folders.Select(folder => Path.Combine(prefix, folder, LibraryName)).FirstOrDefault(File.Exists) ?? LibraryName) is var found
            && MpiLibrary.CanLoad(found.Library) ? found : null;
    }

    private static bool IsOpenMpi(string starter)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(starter, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            return process.StandardOutput.ReadToEnd().Contains("Open MPI", StringComparison.Ordinal);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
