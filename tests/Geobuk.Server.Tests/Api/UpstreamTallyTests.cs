using System.Text;
using Geobuk.Server.Api;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Api;

/// <summary>What another server's answer says it used.</summary>
public sealed class UpstreamTallyTests
{
    private const int Predicted = 110;
    private static readonly UpstreamRequest s_asked = new([], 10, 100, false);

    [Theory]
    [InlineData("""{"choices":[{"text":"가"}],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}""", 12)]
    [InlineData("""{"output":[], "usage": {"input_tokens": 3, "output_tokens": 4, "input_tokens_details": {"cached_tokens": 1}}, "status": "completed"}""", 7)]
    [InlineData("data: {\"usage\":null}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n", 3)]
    [InlineData("""{"choices":[{"text":"\"usage\":{\"prompt_tokens\":900}"}]}""", Predicted)]
    [InlineData("""{"usage":{"prompt_tokens":-5,"completion_tokens":1e99}}""", 0)]
    [InlineData("""{"usage":{"prompt_tokens":2147483647,"completion_tokens":2147483647}}""", 1 << 30)]
    [InlineData("""{"usage":{prompt_tokens}}""", Predicted)]
    [InlineData("""{"usage":{"prompt_tokens":1""", Predicted)]
    [InlineData("", Predicted)]
    public void Report_OfAnAnswer_IsItsUsageHoweverItWasCut(string answer, int expected)
    {
        foreach (var size in (int[])[1, 7, 5000])
        {
            var tally = new UpstreamTally();
            // What came long before is forgotten.
            foreach (var piece in Encoding.UTF8.GetBytes(new string(' ', 20_000) + answer).Chunk(size)) tally.Add(piece);

            Assert.Equal(expected, tally.Report(new ServerMetrics(), s_asked));
        }
    }

    [Theory]
    [InlineData("canceled", false, 12)]
    [InlineData("answered", false, Predicted)]
    [InlineData("error", true, 0)]
    public void Report_OfAStreamThatSaysNothing_IsWhatCameOrWhatWasPredicted(string outcome, bool refused, int expected)
    {
        var tally = new UpstreamTally { IsStream = true, IsRefused = refused, Outcome = outcome };
        tally.Add("data: {\"choices\":[{\"text\":\"가\"}]}\n\n"u8);
        tally.Add("data: {\"choices\":[{\"text\":\"나\"}]}\n\n"u8);

        Assert.Equal(expected, tally.Report(new ServerMetrics(), s_asked));
    }
}
