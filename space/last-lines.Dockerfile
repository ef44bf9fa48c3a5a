
# A Hugging Face Space: its router is the one proxy, and the Hub's page shows the app in a frame.
ENV PORT=7860 \
    CREDIT_SCORING_TRUSTED_PROXIES=1 \
    CREDIT_SCORING_FRAME_ANCESTORS=https://huggingface.co
EXPOSE 7860
