using System.Text;
using Geobuk.Server.Api;

namespace Geobuk.Server.Tests.Api;

/// <summary>A stream without the usage that only the front door asked for.</summary>
public sealed class UsageEventFilterTests
{
    private const string Text = "data: {\"choices\":[{\"text\":\"가\"}],\"usage\":null}\n\n";
    private const string Usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1}}\n\n";

    [Theory]
    [InlineData(Text + Usage + "data: [DONE]\n\n", Text + "data: [DONE]\n\n")]
    [InlineData("data: {\"choices\": [], \"usage\": {}}\r\n\r\n: ping\r\n\r\ndata: [DONE]\r\n\r\n", ": ping\r\n\r\ndata: [DONE]\r\n\r\n")]
    [InlineData("data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n", "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n")]
    [InlineData("data: {\"choices\":[{\"text\":\"\\\"usage\\\"\"}],\"usage\":{}}\n\n", "data: {\"choices\":[{\"text\":\"\\\"usage\\\"\"}],\"usage\":{}}\n\n")]
    [InlineData("data: {\"usage\"\n\nevent: x\ndata: cut", "data: {\"usage\"\n\nevent: x\ndata: cut")]
    [InlineData("", "")]
    public void Pass_OfAStreamHoweverItIsCut_LeavesOutTheUsageAlone(string stream, string expected)
    {
        foreach (var size in (int[])[1, 3, 10_000])
        {
            var filter = new UsageEventFilter();
            var passed = new List<byte>();
            foreach (var piece in Encoding.UTF8.GetBytes(stream).Chunk(size)) passed.AddRange(filter.Pass(piece).Span);
            passed.AddRange(filter.Rest().Span);

            Assert.Equal(expected, Encoding.UTF8.GetString([.. passed]));
        }
    }

    [Fact]
    public void Pass_OfAnEndlessLine_HoldsLittleBack()
    {
        var filter = new UsageEventFilter();
        var passed = 0L;
        for (var i = 0; i < 1000; i++) passed += filter.Pass(new byte[1000]).Length;

        Assert.InRange(passed, 1_000_000 - 70_000, 1_000_000);
        Assert.Equal(1_000_000, passed + filter.Rest().Length);
    }
}
