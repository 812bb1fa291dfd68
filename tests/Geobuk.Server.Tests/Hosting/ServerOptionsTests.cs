using Geobuk.Inference;
using Geobuk.Inference.Kernels;
using Geobuk.Models;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Hosting;

public sealed class ServerOptionsTests
{
    [Fact]
    public void Default_Address_IsThisMachineAlone()
    {
        var options = new ServerOptions();

        options.Validate();

        Assert.Equal(["http://127.0.0.1:8080"], options.Urls);
        Assert.True(options.IsLoopbackOnly);
    }

    [Fact]
    public void Validate_SeveralMistakes_ReportsEachWithItsValue()
    {
        var options = new ServerOptions { Urls = ["https://127.0.0.1:1", "8080"], Parallel = 0, ContextLength = 3, Threads = -1, ApiKeysFile = "/no/such/keys" };

        var mistakes = Assert.Throws<UserInputException>(options.Validate).Problems;

        Assert.Equal(6, mistakes.Count);
        Assert.Contains(mistakes, mistake => mistake.Contains("\"8080\""));
        Assert.Contains(mistakes, mistake => mistake.StartsWith("--parallel: 0;"));
        Assert.Contains(mistakes, mistake => mistake.Contains("/no/such/keys"));
    }

    [Theory]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://[::1]:8080", true)]
    [InlineData("http://127.8.0.1:0", true)]
    [InlineData("http://0.0.0.0:8080", false)]
    [InlineData("http://192.168.0.7:8080", false)]
    [InlineData("http://*:8080", false)]
    public void IsLoopbackOnly_Address_TellsWhoCanReachIt(string url, bool expected) =>
        Assert.Equal(expected, new ServerOptions { Urls = [url] }.IsLoopbackOnly);

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("http://127.0.0.1:port")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://127.0.0.1:-1")]
    [InlineData("http://127.0.0.1:8080/path")]
    [InlineData("http://unix:/tmp/socket")]
    [InlineData("ftp://127.0.0.1")]
    public void Validate_AddressThatCannotBe_IsQuoted(string url) =>
        Assert.Contains($"\"{url}\"", Assert.Throws<UserInputException>(new ServerOptions { Urls = [url] }.Validate).Message);

    [Fact]
    public void Validate_OptionsOfAnEngineBeforeAnotherServer_AreNamed()
    {
        var options = new ServerOptions { Upstream = new Uri("http://127.0.0.1:1"), Threads = 2, ContextLength = 512, KeyValueType = KeyValueType.Q8_0, NoDrafts = true, Kernels = KernelPath.Scalar, NoRepack = true };

        Assert.Equal(["--ctx", "--threads", "--kv", "--no-draft", "--kernels", "--no-repack"], Assert.Throws<UserInputException>(options.Validate).Problems.Select(problem => problem.Split(' ')[0]));
        new ServerOptions { Upstream = options.Upstream }.Validate();
    }

    [Fact]
    public void Validate_LimitOfTheQueue_IsNamedAsItsOption() =>
        Assert.StartsWith("--queue: -1;", Assert.Throws<UserInputException>(new ServerOptions { QueueLimit = -1 }.Validate).Message);

    [Fact]
    public void SplitUrls_SemicolonsAndCommas_GivesEachAddress() =>
        Assert.Equal(["http://a:1", "http://b:2", "http://c:3"], ServerOptions.SplitUrls("http://a:1; http://b:2,http://c:3;"));
}
