using Geobuk.Tests;

namespace Geobuk.Server.Tests;

/// <summary>Programs of others that tests run against the server. Missing, they fail CI and skip elsewhere.</summary>
internal static class Clients
{
    public static string Node() => Require(Find("node"), "node is not on the PATH");

    public static string OpenAIForNode()
    {
        Require(Directory.Exists(TestPaths.Repository("tests", "clients", "node_modules", "openai")) ? "" : null, "the OpenAI client for Node is not installed: npm install --prefix tests/clients");
        return TestPaths.Repository("tests", "clients", "openai.mjs");
    }

    public static string Chromium() => Require(Find("chromium"), "chromium is not on the PATH: apt install chromium");

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static string Require(string? found, string problem)
    {
        if (found is null && Environment.GetEnvironmentVariable("CI") == "true") throw new FileNotFoundException($"CI needs what is missing: {problem}");
        Skip.If(found is null, problem);
        return found!;
    }
}
