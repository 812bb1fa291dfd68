using Geobuk.Models;

namespace Geobuk.Inference.Weights;

/// <summary>Opens whatever a path names as a source of weights.</summary>
internal static class WeightSources
{
    /// <summary>A Hugging Face folder or a GGUF file.</summary>
    /// <exception cref="UserInputException">Neither of them, or a broken one.</exception>
    public static IWeightSource Open(string path)
    {
        if (Directory.Exists(path)) return CheckpointSource.Open(path);
        if (File.Exists(path)) return GgufSource.Open(path);
        throw new UserInputException($"{path}: no such file or folder; expected a GGUF file or a Hugging Face folder. Check the path.");
    }
}
