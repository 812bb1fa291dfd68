namespace Geobuk.Recipes.Reading;

/// <summary>Whether a path of the recipe leads to what its key needs.</summary>
/// <param name="Enabled">Paths are looked at at all.</param>
/// <param name="BareModels">A model's config.json is enough.</param>
internal sealed record PathCheck(bool Enabled, bool BareModels)
{
    /// <summary>What is wrong, as <c>is VALUE, which …; expected …. advice</c> without the key; null where all is well.</summary>
    public string? Problem(string path, PathKind kind) => kind switch
    {
        _ when !Enabled => null,
        PathKind.File when Directory.Exists(path) => $"is {path}, which is a folder; expected a file.",
        PathKind.File when !File.Exists(path) => $"is {path}, which does not exist; expected a file. {Relative}",
        PathKind.Documents when !Path.Exists(path) => $"is {path}, which does not exist; expected a folder with documents or a file. {Relative}",
        PathKind.Documents when IsEmpty(path) => $"is {path}, which is empty; expected a folder with documents or a file with text. Put documents there or name another folder.",
        PathKind.ModelFolder => ModelFolderProblem(path),
        _ => null,
    };

    private static string Relative => $"Relative paths start at the working directory, {Environment.CurrentDirectory}.";

    private static bool IsEmpty(string path) => File.Exists(path)
        ? new FileInfo(path).Length == 0
        : !new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Any(file => file.Length > 0);

    private string? ModelFolderProblem(string path)
    {
        if (File.Exists(path)) return $"is {path}, which is a file; expected a Hugging Face folder.";
        if (!Directory.Exists(path)) return $"is {path}, which does not exist; expected a Hugging Face folder. {Relative}";
        string[] needed = BareModels ? ["config.json"] : ["config.json", "tokenizer.json", "*.safetensors"];
        var missing = needed.Where(pattern => !Directory.EnumerateFiles(path, pattern).Any()).ToArray();
        return missing.Length == 0 ? null
            : $"is {path}, which has no {string.Join(", no ", missing)}; expected a Hugging Face folder. Copy the missing files there.";
    }
}
