using System.Text.Json.Nodes;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Runs;

/// <summary>A compression that is killed goes on after the tensors that it finished.</summary>
public sealed class CompressKillTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-kill-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Compress_Killed_GoesOnAndGivesTheSameFile()
    {
        var whole = Compress("whole.gguf");
        Assert.Equal(0, (int)whole["resumed"]!);
        using (var run = Start("killed.gguf"))
        {
            var journal = new FileInfo(Path.Combine(_folder, "killed.gguf.journal"));
            CommandLine.Until(() =>
            {
                journal.Refresh();
                return run.Process.HasExited || journal is { Exists: true, Length: > 250 };
            }, () => run.Error);
            run.Process.Kill();
            run.Wait();
        }
        // The joint search takes seconds for a file that is begun in a moment: the kill came in between.
        Assert.False(File.Exists(Path.Combine(_folder, "killed.gguf")));
        Assert.True(File.Exists(Path.Combine(_folder, "killed.gguf.partial")));

        var again = Compress("killed.gguf");

        Assert.InRange((int)again["resumed"]!, 1, 100);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "whole.gguf")), File.ReadAllBytes(Path.Combine(_folder, "killed.gguf")));
        Assert.Equal(["killed.card.json", "killed.gguf", "whole.card.json", "whole.gguf"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
    }

    private CommandLine Start(string file) => new(_folder, "compress", TestPaths.Repository("samples", "ax-pico"), "--preset", "q4_k_m", "--joint-search", "--out", file, "--quiet", "--json");

    private JsonNode Compress(string file)
    {
        using var run = Start(file);
        Assert.True(run.Wait() == 0, run.Error);
        return JsonNode.Parse(run.Output)!;
    }
}
