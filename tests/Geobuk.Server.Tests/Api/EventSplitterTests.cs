using System.Text;
using Geobuk.Server.Api;

namespace Geobuk.Server.Tests.Api;

/// <summary>Another server's stream, taken apart into events.</summary>
public sealed class EventSplitterTests
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
    public void Add_OfAStreamHoweverItIsCut_GivesWholeEventsAndTheTallyKnowsTheUsage(string stream, string expected)
    {
        foreach (var size in (int[])[1, 3, 10_000])
        {
            var (events, tally) = (new EventSplitter(), new UpstreamTally());
            var passed = new List<byte>();
            foreach (var piece in Encoding.UTF8.GetBytes(stream).Chunk(size))
                foreach (var message in events.Add(piece))
                    if (!tally.AddEvent(message.Span)) passed.AddRange(message.Span);
            passed.AddRange(events.Rest.Span);

            Assert.Equal(expected, Encoding.UTF8.GetString([.. passed]));
        }
    }

    [Fact]
    public void Add_OfAnEndlessLine_HoldsLittleBackAndIsInside()
    {
        var events = new EventSplitter();
        var passed = 0L;
        for (var i = 0; i < 1000; i++) passed += events.Add(new byte[1000]).Sum(part => part.Length);

        Assert.InRange(passed, 1_000_000 - 70_000, 1_000_000);
        Assert.Equal(1_000_000, passed + events.Rest.Length);
        Assert.True(events.IsInside);
        events.Add("\n\n"u8);
        Assert.False(events.IsInside);
    }
}
