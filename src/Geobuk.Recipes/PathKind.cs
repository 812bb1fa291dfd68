namespace Geobuk.Recipes;

/// <summary>What a path in a recipe must lead to, relative to the working directory.</summary>
public enum PathKind
{
    /// <summary>Not a path.</summary>
    None,
    /// <summary>A Hugging Face folder: config.json, tokenizer.json, *.safetensors.</summary>
    ModelFolder,
    /// <summary>A file, or a folder with at least one file in or below it.</summary>
    Documents,
    /// <summary>A file.</summary>
    File,
}
