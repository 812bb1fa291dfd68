using System.Net;
using System.Net.Sockets;
using Geobuk.Models;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests;

[Collection(ServerCollection.Name)]
public sealed class GeobukServerTests(ServerFixture fixture)
{
    [Fact]
    public void Build_NoModel_Refuses() =>
        Assert.Contains("no model", Assert.Throws<UserInputException>(() => GeobukServer.Build([], new ServerOptions())).Message);

    [Fact]
    public void Build_TwoModelsOfOneName_Refuses() =>
        Assert.Contains("\"random\"", Assert.Throws<UserInputException>(() => GeobukServer.Build([fixture.Models[0], fixture.Models[0]], new ServerOptions())).Message);

    [Fact]
    public async Task Run_ModelsAndAnotherServer_RefusesBeforeAnyIsOpened() =>
        Assert.Contains("--upstream http://127.0.0.1:1/", (await Assert.ThrowsAsync<UserInputException>(() => GeobukServer.RunAsync(["/no/such/model"], new ServerOptions { Upstream = new Uri("http://127.0.0.1:1") }))).Message);

    [Fact]
    public async Task Run_KeysOrCertificateThatCannotBeRead_RefusesBeforeAModelIsOpened()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "short\n");
            Assert.Contains($"{file}:1", (await Assert.ThrowsAsync<UserInputException>(() => GeobukServer.RunAsync(["/no/such/model"], new ServerOptions { ApiKeysFile = file }))).Message);
            Assert.Contains($"--tls-cert: {file}", (await Assert.ThrowsAsync<UserInputException>(() => GeobukServer.RunAsync(["/no/such/model"], new ServerOptions { CertificateFile = file }))).Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Run_ModelThatIsNotThere_Refuses() =>
        await Assert.ThrowsAsync<UserInputException>(() => GeobukServer.RunAsync(["/no/such/model"], new ServerOptions()));

    [Fact]
    public async Task Run_AddressTaken_SaysWhichAndReleasesTheModel()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";

        var refusal = await Assert.ThrowsAsync<UserInputException>(() => GeobukServer.RunAsync([fixture.FolderOf(ServerFixture.Random)], new ServerOptions { Urls = [url], Quiet = true, Threads = 1 }));

        Assert.Contains(url, refusal.Message);
    }

    [Fact]
    public async Task Run_Canceled_Ends()
    {
        using var stop = new CancellationTokenSource();
        var server = GeobukServer.RunAsync([fixture.FolderOf(ServerFixture.Random)], new ServerOptions { Urls = ["http://127.0.0.1:0"], Quiet = true, Threads = 1 }, stop.Token);
        await Task.Delay(300);
        Assert.False(server.IsCompleted);

        await stop.CancelAsync();

        await server.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Log_BeforeAnotherServer_HoldsItsModelsAndNoNameThatAClientMadeUp()
    {
        using var log = new StringWriter();
        var before = System.Console.Error;
        System.Console.SetError(TextWriter.Synchronized(log));
        try
        {
            await using var front = await RunningServer.StartAsync([], new ServerOptions { Upstream = fixture.Server.Http.BaseAddress });
            await front.PostOkAsync("/v1/completions", """{"model":"reciting","prompt":"비밀 내용","max_tokens":3}""");
            await front.PostFailingAsync("/v1/completions", """{"model":"비밀 모형","prompt":"비밀 내용"}""");
        }
        finally
        {
            System.Console.SetError(before);
        }

        Assert.Matches("reciting: length, [0-9]+ tokens read, 3 written", log.ToString());
        Assert.DoesNotContain("비밀", log.ToString());
    }

    [Fact]
    public async Task Log_RequestsGoodAndBad_HoldsNoTextOfThem()
    {
        using var log = new StringWriter();
        var before = System.Console.Error;
        System.Console.SetError(TextWriter.Synchronized(log));
        try
        {
            await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions());
            await server.PostOkAsync("/v1/completions", """{"model":"reciting","prompt":"비밀 내용","max_tokens":3,"user":"홍길동"}""");
            await server.PostFailingAsync("/v1/completions", """{"model":"비밀 모형","prompt":"비밀 내용"}""");
            using var _ = await server.Http.GetAsync("/v1/비밀?비밀=내용");
        }
        finally
        {
            System.Console.SetError(before);
        }

        var lines = log.ToString();
        Assert.Contains("POST /v1/completions 200", lines);
        Assert.Contains("reciting: length, ", lines);
        Assert.Contains("(no route) 404", lines);
        Assert.DoesNotContain("비밀", lines);
        Assert.DoesNotContain("홍길동", lines);
        Assert.DoesNotContain(Uri.EscapeDataString("비밀"), lines);
        Assert.DoesNotContain(TinyModels.Recitation[..1], lines);
    }
}
