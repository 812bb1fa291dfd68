namespace Geobuk.Models.Families;

/// <summary>A.X 4.0 and 4.0 Light.</summary>
internal sealed class Qwen2Family : GroupedQueryFamily
{
    public override string Name => "qwen2";
    public override string Architecture => "Qwen2ForCausalLM";
    public override bool AlwaysQueryKeyValueBias => true;
}
