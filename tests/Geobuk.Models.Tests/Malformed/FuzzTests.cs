using Geobuk.Fuzz;

namespace Geobuk.Models.Tests.Malformed;

/// <summary>A short run of the fuzz program; the long one is <c>dotnet run --project bench/Geobuk.Fuzz -c Release</c>.</summary>
public class FuzzTests
{
    private const int Mutations = 3000;

    [Fact]
    public void ThreeThousandMutations_AreReadOrRefused()
    {
        var output = Directory.CreateTempSubdirectory("geobuk-fuzz-").FullName;
        // A loaded machine must not look like a slow reader.
        using var run = new FuzzRun(new FuzzOptions { Mutations = Mutations, Seed = 20_260_101, Seconds = 10, Kind = "models", Output = output });
        run.CheckSeeds();
        var counts = run.RunAll();
        Assert.Empty(run.Failures);
        Assert.Equal(Mutations, counts.Total);
        // Mutations that are all refused, or all harmless, would test nothing.
        Assert.InRange(counts.Accepted, Mutations / 10, Mutations / 2);
        Directory.Delete(output, recursive: true);
    }

    [Theory]
    [InlineData("--mutations", "7", "--seed", "3", "--first", "2", "--seconds", "0.5", "--kind", "documents", "--output", "x")]
    public void Options_Written_ReadTheSame(params string[] arguments)
    {
        var options = FuzzOptions.Parse(arguments);
        Assert.Equal(new FuzzOptions { Mutations = 7, Seed = 3, First = 2, Seconds = 0.5, Kind = "documents", Output = "x" }, options);
        Assert.Equal(options with { IsWorker = true }, FuzzOptions.Parse([.. (options with { IsWorker = true }).ToArguments()]));
    }

    [Theory]
    [InlineData("--mutations")]
    [InlineData("--mutations", "x")]
    [InlineData("--nonsense", "1")]
    public void Options_Wrong_AreRefused(params string[] arguments) => Assert.Throws<FormatException>(() => FuzzOptions.Parse(arguments));
}
