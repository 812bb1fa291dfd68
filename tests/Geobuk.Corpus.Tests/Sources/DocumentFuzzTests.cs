using Geobuk.Fuzz;

namespace Geobuk.Corpus.Tests.Sources;

/// <summary>A short run over documents; the long one is <c>dotnet run --project bench/Geobuk.Fuzz -c Release -- --kind documents</c>.</summary>
public sealed class DocumentFuzzTests
{
    private const int Mutations = 3000;

    [Fact]
    public void ThreeThousandMutations_AreReadOrRefused()
    {
        var output = Directory.CreateTempSubdirectory("geobuk-fuzz-").FullName;
        // A loaded machine must not look like a slow reader.
        using var run = new FuzzRun(new FuzzOptions { Mutations = Mutations, Seed = 20_260_102, Seconds = 10, Kind = "documents", Output = output });
        run.CheckSeeds();
        var counts = run.RunAll();
        Assert.Empty(run.Failures);
        Assert.Equal(Mutations, counts.Total);
        Assert.InRange(counts.Accepted, Mutations / 10, Mutations * 8 / 10);
        Directory.Delete(output, recursive: true);
    }
}
