using System.CommandLine;
using Geobuk.Cli;
using Geobuk.Cli.Commands;
using Geobuk.Inference;
using Geobuk.Inference.Kernels;
using Geobuk.Server.Hosting;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Serving;

/// <summary>What the command line makes of the options of <c>serve</c>.</summary>
public sealed class ServeCommandTests
{
    // Every option with a value that is not its default, and what the server must be told by it.
    private static readonly Dictionary<string, (string? Value, Func<ServerOptions, bool> Arrived)> s_options = new()
    {
        ["--urls"] = ("http://127.0.0.1:81;http://127.0.0.1:82", options => options.Urls is [_, "http://127.0.0.1:82"]),
        ["--api-keys"] = ("keys.txt", options => options.ApiKeysFile == "keys.txt"),
        ["--parallel"] = ("7", options => options.Parallel == 7),
        ["--ctx"] = ("99", options => options.ContextLength == 99),
        ["--threads"] = ("3", options => options.Threads == 3),
        ["--kv"] = ("q8_0", options => options.KeyValueType == KeyValueType.Q8_0),
        ["--queue"] = ("5", options => options.QueueLimit == 5),
        ["--draft-corpus"] = ("laws.txt", options => options.DraftCorpus == "laws.txt"),
        ["--no-draft"] = (null, options => options.NoDrafts),
        ["--kernels"] = ("scalar", options => options.Kernels == KernelPath.Scalar),
        ["--no-repack"] = (null, options => options.NoRepack),
        ["--grace"] = ("2.5", options => options.ShutdownGrace == TimeSpan.FromSeconds(2.5)),
        ["--tls-cert"] = ("cert.pem", options => options.CertificateFile == "cert.pem"),
        ["--tls-key"] = ("key.pem", options => options.CertificateKeyFile == "key.pem"),
        ["--upstream"] = ("http://gpu-host:8000/v1", options => options.Upstream == new Uri("http://gpu-host:8000/v1")),
        ["--otlp"] = ("https://collector:4318", options => options.TraceEndpoint == new Uri("https://collector:4318")),
    };

    [Fact]
    public void Options_OfTheCommand_AllHaveATest() =>
        Assert.Equal(s_options.Keys.Order(), ServeCommand.Create().Options.Where(option => option is not System.CommandLine.Help.HelpOption).Select(option => option.Name).Order());

    [Fact]
    public async Task Serve_EveryOption_ReachesTheServer()
    {
        foreach (var (name, (value, arrived)) in s_options)
        {
            var (code, options) = await ServeAsync(value is null ? [name] : [name, value]);
            Assert.True(code == ExitCode.Done && arrived(options!), name);
        }
        var (whole, _) = await ServeAsync([.. s_options.SelectMany(option => option.Value.Value is { } value ? new[] { option.Key, value } : [option.Key])]);
        Assert.Equal(ExitCode.Done, whole);
    }

    [Fact]
    public async Task Serve_NoOption_LeavesTheServersDefaults()
    {
        var (_, options) = await ServeAsync([]);

        var usual = new ServerOptions();
        Assert.Equal(usual, options! with { Urls = usual.Urls, UpstreamKey = null });
        Assert.All(s_options, option => Assert.False(option.Value.Arrived(options), option.Key));
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("1E+300")]
    public void Serve_GraceThatIsNoTime_IsQuoted(string seconds) =>
        Assert.Equal($"--grace: {seconds} seconds; expected 0 to 86400. 60 is usual.", Assert.Single(ServeCommand.Create().Parse(["--grace", seconds]).Errors).Message);

    [Theory]
    [InlineData("--upstream", "gpu-host:8000")]
    [InlineData("--upstream", "ftp://gpu-host")]
    [InlineData("--otlp", "/v1/traces")]
    [InlineData("--otlp", "")]
    public void Serve_AddressThatIsNotHttp_SaysWhatIsExpected(string option, string address)
    {
        var errors = ServeCommand.Create().Parse([option, address]).Errors;

        Assert.Contains($"{option}: \"{address}\"; expected an address such as http://127.0.0.1:", Assert.Single(errors).Message);
    }

    private static async Task<(int Code, ServerOptions? Options)> ServeAsync(string[] arguments)
    {
        ServerOptions? seen = null;
        var command = ServeCommand.Create((_, options, _) =>
        {
            seen = options;
            return Task.CompletedTask;
        });
        var root = new RootCommand { Verb.Json, Verb.Quiet };
        root.Add(command);
        var code = await root.Parse(["serve", TestPaths.Repository("samples", "ax-pico"), .. arguments]).InvokeAsync();
        return (code, seen);
    }
}
