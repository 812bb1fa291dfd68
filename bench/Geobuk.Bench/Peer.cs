using System.Diagnostics;
using System.Globalization;

namespace Geobuk.Bench;

/// <summary>llama.cpp in a process of its own, driven line by line (tests/oracle/peer.mjs).</summary>
internal sealed class Peer : IDisposable
{
    private readonly Process _process;

    public Peer(string script, string file, int threads, int context, int vocabulary, int sequences = 1)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = Path.GetDirectoryName(script)! };
        foreach (var argument in (string[])[script, Path.GetFullPath(file), $"{threads}", $"{context}", $"{sequences}"]) start.ArgumentList.Add(argument);
        start.Environment["PEER_VOCABULARY"] = $"{vocabulary}";
        _process = Process.Start(start)!;
        if (Read() != "ready") throw new InvalidOperationException($"{script}: did not start; is node there, and were the packages beside it installed (npm install --ignore-scripts)?");
    }

    /// <summary>The seconds that a command took.</summary>
    public double[] Ask(string command)
    {
        _process.StandardInput.WriteLine(command);
        return [.. Read().Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Read() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("llama.cpp's process ended before it answered.");
}
