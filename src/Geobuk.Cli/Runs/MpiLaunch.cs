using System.Globalization;
using Geobuk.Training.DataParallel;

namespace Geobuk.Cli.Runs;

/// <summary>How several workers of a step are started: by Open MPI's mpirun, on this machine unless its own settings name others.</summary>
internal static class MpiLaunch
{
    private static readonly string[] s_setsid = ["/usr/bin/setsid", "/bin/setsid"];

    /// <summary>The command line up to and with the program.</summary>
    public static string[] Of(int workers, string program)
    {
        var mpirun = MpiInstallation.Require(workers).Starter;
        // A session of its own: a terminal's Ctrl-C would have mpirun kill the workers before they have saved. They stop when their input ends.
        var session = s_setsid.FirstOrDefault(File.Exists) is { } setsid ? new[] { setsid } : [];
        return
        [
            .. session, mpirun, "-n", workers.ToString(CultureInfo.InvariantCulture), "--oversubscribe", "--bind-to", "none",
            .. Environment.IsPrivilegedProcess ? new[] { "--allow-run-as-root" } : [], program,
        ];
    }

    /// <summary>Settings that the user's own go before.</summary>
    public static void Prepare(IDictionary<string, string?> environment, int workers)
    {
        environment.TryAdd("GEOBUK_THREADS", Math.Max(1, Environment.ProcessorCount / workers).ToString(CultureInfo.InvariantCulture));
        // mpirun gives its workers a pseudo-terminal, to which .NET would write control characters before the first message.
        environment["TERM"] = "dumb";
        // Workers that wait give their core away, and copy without reading each other's memory, which containers forbid.
        environment.TryAdd("OMPI_MCA_mpi_yield_when_idle", "1");
        environment.TryAdd("OMPI_MCA_btl_vader_single_copy_mechanism", "none");
    }
}
