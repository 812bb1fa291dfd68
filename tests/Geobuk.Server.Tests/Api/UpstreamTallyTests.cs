using System.Text;
using Geobuk.Server.Api;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Api;

/// <summary>What another server's answer says it used.</summary>
public sealed class UpstreamTallyTests
{
    [Theory]
    [InlineData("""{"choices":[{"text":"가"}],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}""", 12)]
    [InlineData("""{"output":[], "usage": {"input_tokens": 3, "output_tokens": 4, "input_tokens_details": {"cached_tokens": 1}}, "status": "completed"}""", 7)]
    [InlineData("data: {\"usage\":null}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n", 3)]
    [InlineData("""{"choices":[{"text":"\"usage\":{\"prompt_tokens\":900}"}]}""", null)]
    [InlineData("""{"usage":{"prompt_tokens":-5,"completion_tokens":1e99}}""", 0)]
    [InlineData("""{"usage":{"prompt_tokens":2147483647,"completion_tokens":2147483647}}""", 1 << 30)]
    [InlineData("""{"usage":{prompt_tokens}}""", null)]
    [InlineData("""{"usage":{"prompt_tokens":1""", null)]
    [InlineData("", null)]
    public void Report_OfAnAnswer_IsItsUsageHoweverItWasCut(string answer, int? expected)
    {
        foreach (var size in (int[])[1, 7, 5000])
        {
            var tally = new UpstreamTally();
            // What came long before is forgotten.
            foreach (var piece in Encoding.UTF8.GetBytes(new string(' ', 20_000) + answer).Chunk(size)) tally.Add(piece);

            Assert.Equal(expected, tally.Report(new ServerMetrics()));
        }
    }
}
