# Writes <object>.connector.json: what the hub reads before it loads the object.
file(SHA256 ${OBJECT} sha256)
file(STRINGS ${HEADER} major_line REGEX "#define KINHUB_PLUGIN_MAJOR")
file(STRINGS ${HEADER} minor_line REGEX "#define KINHUB_PLUGIN_MINOR")
string(REGEX MATCH "[0-9]+$" major "${major_line}")
string(REGEX MATCH "[0-9]+$" minor "${minor_line}")
string(REGEX REPLACE "\\.so$" ".connector.json" manifest ${OBJECT})
file(WRITE ${manifest} "{
  \"name\": \"${NAME}\",
  \"version\": \"${VERSION}\",
  \"major\": ${major},
  \"minor\": ${minor},
  \"sha256\": \"${sha256}\"
}
")
