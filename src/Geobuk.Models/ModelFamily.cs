namespace Geobuk.Models;

/// <summary>Architectures that Geobuk computes.</summary>
public enum ModelFamily
{
    /// <summary>LlamaForCausalLM: A.X 3.1 and 3.1 Light.</summary>
    Llama,
    /// <summary>Qwen2ForCausalLM: A.X 4.0 and 4.0 Light; biases on q, k and v.</summary>
    Qwen2,
}
