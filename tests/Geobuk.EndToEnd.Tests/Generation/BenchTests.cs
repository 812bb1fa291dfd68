using System.Text.Json.Nodes;
using Geobuk.EndToEnd.Tests.Runs;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Generation;

/// <summary><c>geobuk bench</c> from the outside: what it measures it says, and by which kernels.</summary>
public sealed class BenchTests : RunFixture
{
    [Theory]
    [InlineData("scalar", "scalar")]
    [InlineData("PORTABLE", "portable")]
    public void Bench_WithKernels_MeasuresThose(string kernels, string path)
    {
        using var bench = Start(["bench", .. s_short, "--kernels", kernels, "--json"]);

        Assert.True(bench.Wait() == 0, bench.Error);
        var result = JsonNode.Parse(bench.Output)!;
        Assert.Contains($" {path}", (string?)result["kernel"]);
        foreach (var rate in new[] { "prefill_tps", "decode_tps", "ttft_ms", "bytes_per_second" }) Assert.True((double)result[rate]! > 0, $"{rate}: {bench.Output}");
        Assert.Equal(1, (int)result["threads"]!);
    }

    [Fact]
    public void Bench_OfSequencesThatShare_FindsTheirBeginningInTheCache()
    {
        using var bench = Start(["bench", .. s_short, "--parallel", "2", "--shared-prefix", "64", "--json"]);

        Assert.True(bench.Wait() == 0, bench.Error);
        var result = JsonNode.Parse(bench.Output)!;
        Assert.Equal(2, (int)result["parallel"]!);
        Assert.InRange((int)result["cached_tokens"]!, 32, 64);
    }

    [Theory]
    [InlineData("--kernels", "sse9", "scalar")]
    [InlineData("--kv", "q5_0", "q8_0")]
    [InlineData("--gen", "1", "expected 2 or more")]
    public void Bench_WithAValueThatCannotBe_SaysWhichCan(string option, string value, string expected)
    {
        using var bench = Start(["bench", .. s_short, option, value]);

        Assert.Equal(2, bench.Wait());
        Assert.Contains(value, bench.Error);
        Assert.Contains(expected, bench.Error);
    }

    private static readonly string[] s_short = [TestPaths.Repository("samples", "ax-pico"), "--prompt", "80", "--repeat", "1", "--threads", "1"];
}
