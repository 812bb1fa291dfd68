namespace Geobuk.Corpus.Tests;

/// <summary>A basis for documents made up by tests.</summary>
internal static class TestLicenses
{
    public static IReadOnlyDictionary<string, string> All { get; } =
        new Dictionary<string, string> { ["domain"] = "open_license (Apache-2.0)", ["general"] = "open_license (Apache-2.0)" };
}
