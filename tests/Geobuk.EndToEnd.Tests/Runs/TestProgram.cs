using Geobuk.Cli;

namespace Geobuk.EndToEnd.Tests.Runs;

/// <summary>The real command line over <see cref="TestSteps"/>: what a test starts, kills and starts again.</summary>
internal static class TestProgram
{
    public static Task<int> Main(string[] arguments) => Application.RunAsync(arguments, TestSteps.All);
}
