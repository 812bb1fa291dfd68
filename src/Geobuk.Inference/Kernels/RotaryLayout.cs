namespace Geobuk.Inference.Kernels;

/// <summary>Which two elements of a head RoPE turns together. Fixed by how the file orders the rows of q and k.</summary>
public enum RotaryLayout
{
    /// <summary>Element i with element i + size / 2: Hugging Face files, GGUF of Qwen2.</summary>
    HalfSplit,
    /// <summary>Element 2i with element 2i + 1: GGUF of Llama, whose converter permutes q and k.</summary>
    Interleaved,
}
