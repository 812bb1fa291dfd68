namespace Geobuk.Tests;

/// <summary>Where tests find the repository and the public data beside it.</summary>
public static class TestPaths
{
    /// <summary>A path inside the repository.</summary>
    public static string Repository(params string[] parts) => Path.Combine([Root(), .. parts]);

    /// <summary>A path in the shared data folder; skips the test where it is absent, fails it in CI.</summary>
    public static string Shared(params string[] parts)
    {
        var path = Path.Combine([Path.GetDirectoryName(Root())!, "shared", .. parts]);
        if (Path.Exists(path)) return path;
        if (Environment.GetEnvironmentVariable("CI") == "true") throw new FileNotFoundException("CI needs the shared data", path);
        Skip.If(true, $"the shared data is not here: {path}");
        return path;
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Geobuk.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Geobuk.slnx not found above the tests");
        return folder;
    }
}
