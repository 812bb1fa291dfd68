using System.Diagnostics;

namespace Geobuk.Server.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class NodeClientTests(ServerFixture fixture)
{
    [SkippableFact]
    public async Task OfficialClientForNode_AllItsCalls_AreAnswered()
    {
        var start = new ProcessStartInfo(Clients.Node()) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Clients.OpenAIForNode());
        start.ArgumentList.Add(fixture.Server.Http.BaseAddress!.ToString().TrimEnd('/'));
        using var node = Process.Start(start)!;
        var (output, error) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        await node.WaitForExitAsync(limit.Token);

        Assert.True(node.ExitCode == 0, await error);
        Assert.Contains("all calls answered", await output);
    }
}
